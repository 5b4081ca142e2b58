#include "core/annotations/mask_polygons.h"

#include <gmock/gmock.h>
#include <longtail/rng.h>

#include <string>

#include "core/annotations/instance_masks.h"
#include "tests/support/annotation_builder.h"

namespace longtail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Rows of '#' and '.'.
Rle mask_of(const std::vector<std::string>& rows) {
  const auto height = static_cast<std::int32_t>(rows.size()), width = static_cast<std::int32_t>(rows[0].size());
  std::vector<std::uint8_t> columns;
  for (std::int32_t x = 0; x < width; ++x) {
    for (std::int32_t y = 0; y < height; ++y) columns.push_back(rows[static_cast<std::size_t>(y)][x] == '#');
  }
  return rle_encode(columns.data(), height, width);
}

std::vector<std::uint32_t> filled_as_coco(const std::vector<std::vector<double>>& polygons, const Rle& like) {
  std::vector<Rle> parts;
  for (const auto& polygon : polygons) {
    parts.push_back(rle_from_polygon(polygon.data(), polygon.size() / 2, like.height, like.width));
  }
  return rle_merge(parts).counts;
}

TEST(MaskPolygons, FollowTheSidesOfPixels) {
  EXPECT_THAT(polygons_of(mask_of({"....", ".##.", "...."})), ElementsAre(ElementsAre(3, 1, 3, 2, 1, 2, 1, 1)));
  EXPECT_THAT(polygons_of(mask_of({"#.", "##"})), ElementsAre(ElementsAre(1, 0, 1, 1, 2, 1, 2, 2, 0, 2, 0, 0)));
}

TEST(MaskPolygons, PartsThatTouchInACornerAreTwo) {
  EXPECT_THAT(polygons_of(mask_of({"##..", "##..", "..##", "..##"})), SizeIs(2));
  EXPECT_THAT(polygons_of(mask_of({"...", "..."})), IsEmpty());
}

TEST(MaskPolygons, AHoleHangsOnItsPart) {
  const Rle ring = mask_of({"#####", "#...#", "#.#.#", "#...#", "#####"});
  const auto polygons = polygons_of(ring);
  ASSERT_THAT(polygons, SizeIs(2));  // the ring with its hole, and the pixel inside
  EXPECT_EQ(filled_as_coco(polygons, ring), ring.counts);
}

// Random pixels have every way of touching.
TEST(MaskPolygons, FillToTheMaskItself) {
  constexpr std::int32_t kHeight = 17, kWidth = 23;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const double density = rng.uniform(0.2, 0.9);
    std::vector<std::uint8_t> columns(kHeight * kWidth);
    for (std::uint8_t& pixel : columns) pixel = rng.bernoulli(density);
    const Rle mask = rle_encode(columns.data(), kHeight, kWidth);
    const auto polygons = polygons_of(mask);
    ASSERT_EQ(filled_as_coco(polygons, mask), mask.counts) << seed;
    testing::AnnotationBuilder builder;
    builder.category(1, "thing").image(1, kWidth, kHeight).object(0, {}).polygons(polygons);
    const InstanceMasks masks(builder.set(), {0}, 1, 1, false, kWidth);
    const float box[4] = {0, 0, kWidth, kWidth};
    std::vector<float> cells(kWidth * kWidth);
    masks.rasterize(0, box, kWidth, cells.data());
    for (std::int32_t y = 0; y < kHeight; ++y) {
      for (std::int32_t x = 0; x < kWidth; ++x) {
        ASSERT_NEAR(cells[static_cast<std::size_t>(y * kWidth + x)], columns[static_cast<std::size_t>(x * kHeight + y)],
                    1e-4)
            << seed;
      }
    }
  }
}

}  // namespace
}  // namespace longtail

#include "core/annotations/instance_masks.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/support/annotation_builder.h"

namespace longtail {
namespace {

using testing::AnnotationBuilder;
using ::testing::Each;
using ::testing::FloatNear;
using ::testing::Pointwise;

using Box = std::array<float, 4>;

struct View {
  double scale_x = 1, scale_y = 1;
  bool flip = false;
  double width = 0;
};

std::vector<float> covered(const InstanceMasks& masks, const Box& box, std::int32_t size, std::int64_t index = 0) {
  std::vector<float> out(static_cast<std::size_t>(size) * size, -1.0f);
  masks.rasterize(index, box.data(), size, out.data());
  return out;
}

AnnotationSet polygon_set(const std::vector<std::vector<double>>& polygons) {
  AnnotationBuilder builder;
  builder.category(1, "thing").image(1, 96, 80).object(0, {0, 0, 96, 80}).polygons(polygons);
  return builder.set();
}

std::vector<float> covered(const std::vector<std::vector<double>>& polygons, const Box& box, std::int32_t size,
                           const View& view = {}) {
  return covered(InstanceMasks(polygon_set(polygons), {0}, view.scale_x, view.scale_y, view.flip, view.width), box,
                 size);
}

auto is(const std::vector<float>& values) { return Pointwise(FloatNear(1e-6f), values); }

TEST(InstanceMasks, ARectangleCoversPartsOfCells) {
  // 2 x 2 cells of 4 x 4 pixels; the rectangle spans x 2 ... 7, y 1 ... 4.
  EXPECT_THAT(covered({{2, 1, 7, 1, 7, 4, 2, 4}}, {0, 0, 8, 8}, 2), is({0.375f, 0.5625f, 0, 0}));
  // The direction of the outline does not matter.
  EXPECT_THAT(covered({{2, 4, 7, 4, 7, 1, 2, 1}}, {0, 0, 8, 8}, 2), is({0.375f, 0.5625f, 0, 0}));
}

TEST(InstanceMasks, SlantedEdgesGiveExactAreas) {
  EXPECT_THAT(covered({{0, 0, 8, 0, 0, 8}}, {0, 0, 8, 8}, 2), is({1, 0.5f, 0.5f, 0}));
  // An edge across three cells of a row: x from 0.5 to 2.5 cells while y falls by one.
  const auto row = covered({{0.5, 0, 2.5, 1, 4, 1, 4, 0}}, {0, 0, 4, 4}, 4);
  // Right of the edge: 1/2 * 1/2 * 1/4 in the first cell; 1/2 in the second; 1 - 1/2 * 1/2 * 1/4 in the third.
  EXPECT_THAT(std::vector<float>(row.begin(), row.begin() + 4), is({0.0625f, 0.5f, 0.9375f, 1}));
}

TEST(InstanceMasks, SeesOnlyWhatLiesInTheBox) {
  // A diamond with corners outside of the box on all four sides.
  const std::vector<std::vector<double>> diamond{{4, -2, 10, 4, 4, 10, -2, 4}};
  EXPECT_THAT(covered(diamond, {0, 0, 8, 8}, 2), is({0.875f, 0.875f, 0.875f, 0.875f}));
  EXPECT_THAT(covered(diamond, {2, 2, 6, 6}, 3), Each(FloatNear(1, 1e-6f)));
  EXPECT_THAT(covered(diamond, {20, 20, 30, 30}, 3), Each(0.0f));
  EXPECT_THAT(covered(diamond, {-30, 2, -20, 6}, 3), Each(0.0f));
  EXPECT_THAT(covered(diamond, {3, 3, 3, 9}, 3), Each(0.0f));  // no area
}

TEST(InstanceMasks, PolygonsOfOneObjectAreUnited) {
  EXPECT_THAT(covered({{0, 0, 4, 0, 4, 8, 0, 8}, {4, 0, 6, 0, 6, 8, 4, 8}}, {0, 0, 8, 8}, 2), is({1, 0.5f, 1, 0.5f}));
  EXPECT_THAT(covered({{0, 0, 8, 0, 8, 8, 0, 8}, {0, 0, 8, 0, 8, 4, 0, 4}}, {0, 0, 8, 8}, 2), is({1, 1, 1, 1}));
}

TEST(InstanceMasks, APolygonAroundItselfTwiceHasAHole) {
  // The outer square once around, then the inner one in the same direction.
  EXPECT_THAT(covered({{0, 0, 6, 0, 6, 6, 0, 6, 0, 0, 2, 2, 4, 2, 4, 4, 2, 4, 2, 2}}, {0, 0, 6, 6}, 3),
              is({1, 1, 1, 1, 0, 1, 1, 1, 1}));
}

TEST(InstanceMasks, ScalesThenMirrors) {
  const std::vector<std::vector<double>> left{{0, 0, 4, 0, 4, 2, 0, 2}};
  EXPECT_THAT(covered(left, {0, 0, 16, 16}, 2, {2, 4}), is({1, 0, 0, 0}));
  EXPECT_THAT(covered(left, {0, 0, 16, 16}, 2, {2, 4, true, 16}), is({0, 1, 0, 0}));
}

// The same rectangle as run lengths and as a polygon, in boxes that cut pixels.
TEST(InstanceMasks, RunLengthsAgreeWithTheirOutline) {
  constexpr std::uint32_t kHeight = 10, kLeft = 3, kTop = 2, kWide = 5, kHigh = 6;
  std::vector<std::uint32_t> counts{kLeft * kHeight + kTop};
  for (std::uint32_t column = 0; column < kWide; ++column) {
    counts.push_back(kHigh);
    counts.push_back(column + 1 < kWide ? kHeight - kHigh : kHeight * (12 - kLeft - kWide) + kHeight - kTop - kHigh);
  }
  AnnotationBuilder builder;
  builder.category(1, "thing").image(1, 12, static_cast<std::int32_t>(kHeight));
  builder.object(0, {3, 2, 5, 6}).polygons({{3, 2, 8, 2, 8, 8, 3, 8}}).object(0, {3, 2, 5, 6}).rle(counts);
  ASSERT_EQ(std::accumulate(counts.begin(), counts.end(), 0u), 120u);
  for (const View& view : {View{}, View{1.7, 0.6}, View{1.7, 0.6, true, 20.4}}) {
    const InstanceMasks masks(builder.set(), {0, 1}, view.scale_x, view.scale_y, view.flip, view.width);
    for (const Box& box :
         {Box{0, 0, 12, 10}, Box{2.3f, 1.1f, 9.9f, 5.2f}, Box{-3, -3, 30, 30}, Box{4, 3, 4.5f, 3.5f}}) {
      EXPECT_THAT(covered(masks, box, 7, 1), Pointwise(FloatNear(1e-5f), covered(masks, box, 7, 0)));
    }
  }
}

TEST(InstanceMasks, ObjectsWithoutAnOutlineAreEmpty) {
  AnnotationBuilder builder;
  builder.category(1, "thing").image(1, 8, 8).object(0, {0, 0, 8, 8}).object(0, {0, 0, 8, 8}).rle({64});
  const InstanceMasks masks(builder.set(), {0, 1}, 1, 1, false, 8);
  EXPECT_EQ(masks.size(), 2);
  EXPECT_THAT(covered(masks, {0, 0, 8, 8}, 3, 0), Each(0.0f));
  EXPECT_THAT(covered(masks, {0, 0, 8, 8}, 3, 1), Each(0.0f));
}

TEST(InstanceMasks, ColumnsFilledToTheLastRowRunOn) {
  AnnotationBuilder builder;  // 4 x 3: the last two columns are full
  builder.category(1, "thing").image(1, 4, 3).object(0, {2, 0, 2, 3}).rle({6, 6});
  EXPECT_THAT(covered(InstanceMasks(builder.set(), {0}, 1, 1, false, 4), {0, 0, 4, 3}, 2), is({0, 1, 0, 1}));
}

TEST(InstanceMasks, CoordinatesFarOutsideAreHarmless) {
  const auto far = covered({{-1e300, 0, 1e300, 0, 1e300, 4, -1e300, 4}}, {0, 0, 8, 8}, 2);
  EXPECT_THAT(far, is({1, 1, 0, 0}));
}

class AgainstCoco : public ::testing::Test {
 protected:
  AgainstCoco() {
    std::ifstream file(LONGTAIL_SOURCE_DIR "/tests/oracle/mask_targets.json");
    oracle_ = nlohmann::json::parse(file);
  }

  // Calls use(ours, expected, pixels of a cell's side) for every box of every case.
  template <class Use>
  void for_each(bool polygons, const Use& use) const {
    const auto size = oracle_["size"].get<std::int32_t>();
    for (const auto& one : oracle_["cases"]) {
      AnnotationBuilder builder;
      builder.category(1, "thing").image(1, oracle_["width"], oracle_["height"]).object(0, {0, 0, 1, 1});
      if (polygons) {
        builder.polygons(one["polygons"]);
      } else {
        builder.rle(one["counts"]);
      }
      const InstanceMasks masks(builder.set(), {0}, 1, 1, false, 0);
      for (std::size_t i = 0; i < one["boxes"].size(); ++i) {
        use(covered(masks, one["boxes"][i].get<Box>(), size), one["expected"][i].get<std::vector<float>>());
      }
    }
  }

  nlohmann::json oracle_;
};

TEST_F(AgainstCoco, AveragesOfRunLengthsAreTheSame) {
  for_each(false, [](const auto& ours, const auto& expected) { EXPECT_THAT(ours, is(expected)); });
}

// COCO's tools round outlines to fifths of a pixel and then to whole pixels; here areas are exact.
TEST_F(AgainstCoco, PolygonsDifferOnlyAlongTheOutline) {
  double total = 0, bias = 0, other_side = 0, cells = 0;
  for_each(true, [&](const std::vector<float>& ours, const std::vector<float>& expected) {
    ASSERT_EQ(ours.size(), expected.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      total += std::abs(ours[i] - expected[i]);
      bias += ours[i] - expected[i];
      other_side += (ours[i] >= 0.5f) != (expected[i] >= 0.5f);
      ++cells;
    }
  });
  EXPECT_LT(total / cells, 0.01);
  EXPECT_LT(std::abs(bias) / cells, 0.001);
  EXPECT_LT(other_side / cells, 0.01);  // of a threshold at 0.5
}

}  // namespace
}  // namespace longtail

#include "core/draw/instances.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/draw/text.h"

namespace longtail {
namespace {

using ::testing::Each;

Image plain(int height, int width, std::uint8_t value) {
  Image image;
  image.resize(height, width);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

DrawnInstance rectangle(std::int64_t label, const BoxXywh& box, int height, int width) {
  DrawnInstance instance;
  instance.label = label;
  instance.box = box;
  instance.mask = rle_from_box(box, height, width);
  return instance;
}

int difference(const std::uint8_t* a, const std::uint8_t* b) {
  return std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
}

TEST(ClassColor, IsStableAndFarFromItsNeighbours) {
  std::set<std::array<std::uint8_t, 3>> colors;
  for (std::int64_t label = 0; label < 200; ++label) {
    const auto color = class_color(label);
    EXPECT_EQ(color, class_color(label));
    colors.insert(color);
    for (std::int64_t next = label + 1; next <= label + 4; ++next) {
      EXPECT_GT(difference(color.data(), class_color(next).data()), 60) << label << ' ' << next;
    }
  }
  EXPECT_GT(colors.size(), 190u);
}

TEST(DrawInstances, TintsTheMaskAndLeavesTheRest) {
  const Image image = plain(200, 300, 100);
  DrawOptions options;
  options.least_side = 0;
  options.mask_opacity = 0.5;
  const Image out = draw_instances(image, {rectangle(3, {50, 60, 100, 80}, 200, 300)}, options);
  ASSERT_EQ(out.height, 200);
  ASSERT_EQ(out.width, 300);
  const auto color = class_color(3);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(out.row(100)[100 * 3 + c], (100 + color[c]) / 2, 1);
  for (const auto& [y, x] : {std::pair(30, 100), std::pair(100, 20), std::pair(180, 200), std::pair(100, 170)}) {
    EXPECT_EQ(difference(out.row(y) + 3 * x, image.row(y) + 3 * x), 0);
  }
  EXPECT_EQ(draw_instances(image, {}, options).pixels, image.pixels);
}

TEST(DrawInstances, SmallPicturesGrow) {
  const Image out = draw_instances(plain(50, 100, 9), {rectangle(0, {10, 10, 20, 20}, 50, 100)});
  EXPECT_EQ(out.width, 640);
  EXPECT_EQ(out.height, 320);
  const auto color = class_color(0);
  EXPECT_NEAR(out.row(128)[128 * 3], 9 * 0.55 + color[0] * 0.45, 2);  // the middle of the box
}

TEST(DrawInstances, SmallInstancesLieOnLargeOnes) {
  DrawOptions options;
  options.least_side = 0;
  options.mask_opacity = 1;
  const auto small = rectangle(1, {40, 40, 20, 20}, 100, 100), large = rectangle(2, {10, 10, 80, 80}, 100, 100);
  for (const auto& order : {std::vector{small, large}, std::vector{large, small}}) {
    const Image out = draw_instances(plain(100, 100, 0), order, options);
    EXPECT_EQ(difference(out.row(50) + 3 * 50, class_color(1).data()), 0);
  }
}

// Two equal boxes: their names must both be readable, so the background of each is seen.
TEST(DrawInstances, NamesMakeRoomForEachOther) {
  DrawOptions options;
  options.least_side = 0;
  DrawnInstance a, b;
  a.label = 1;
  b.label = 4;
  a.name = b.name = "nonsense";
  a.score = b.score = 0.75;
  a.box = b.box = {100, 100, 150, 120};
  const auto count = [&](const std::vector<DrawnInstance>& instances, std::int64_t label) {
    const Image out = draw_instances(plain(400, 400, 127), instances, options);
    const auto color = class_color(label);
    std::int64_t pixels = 0;
    for (std::size_t i = 0; i < out.pixels.size(); i += 3) pixels += difference(&out.pixels[i], color.data()) == 0;
    return pixels;
  };
  const auto alone = count({b}, 4) - count({{4, "", -1, b.box, {}}}, 4);  // of the text, without the box
  EXPECT_GT(alone, 300);
  EXPECT_GE(count({a, b}, 4), alone);
  EXPECT_GE(count({a, b}, 1), alone * 9 / 10);
}

TEST(DrawInstances, OddInputIsHarmless) {
  DrawnInstance outside;
  outside.name = "far";
  outside.box = {500, -80, 40, 20};
  DrawnInstance empty;
  empty.mask = rle_from_box({0, 0, 0, 0}, 60, 60);
  empty.score = 0.5;
  DrawnInstance whole = rectangle(2, {0, 0, 60, 60}, 60, 60);
  whole.name = "a name that is much longer than the picture is wide";
  EXPECT_EQ(draw_instances(plain(60, 60, 5), {outside, empty, whole}).width, 640);
}

TEST(ToAscii, AccentsFall) {
  EXPECT_EQ(to_ascii("cr\xc3\xaape, jalape\xc3\xb1o"), "crepe, jalapeno");
  EXPECT_EQ(to_ascii("\xe2\x82\xac 5"), "? 5");
}

TEST(Mosaic, HasAllTilesInTheirColours) {
  std::vector<MosaicTile> tiles;
  for (int i = 0; i < 7; ++i) tiles.push_back({plain(30 + 10 * i, 50, static_cast<std::uint8_t>(40 * i)), "tile"});
  const Image mosaic = make_mosaic(tiles, 100, 80);
  for (int i = 0; i < 7; ++i) {
    std::int64_t found = 0;
    for (const std::uint8_t value : mosaic.pixels) found += value == 40 * i;
    EXPECT_GT(found, 3 * 80 * 40) << i;
  }
  EXPECT_GT(make_mosaic({}).width, 0);
}

}  // namespace
}  // namespace longtail

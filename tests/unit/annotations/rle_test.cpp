#include "core/annotations/rle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <functional>
#include <numeric>

#include "tests/unit/annotations/oracle_json.h"

namespace longtail {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const json& oracle() {
  static const json cases = test::oracle_json("rle.json");
  return cases;
}

std::int32_t height_of(const json& example) { return example["size"][0]; }
std::int32_t width_of(const json& example) { return example["size"][1]; }

std::vector<double> values(const BoxXywh& box) { return {box.x, box.y, box.w, box.h}; }

std::vector<BoxXywh> boxes(const json& list) {
  std::vector<BoxXywh> out;
  for (const json& b : list) out.push_back({b[0], b[1], b[2], b[3]});
  return out;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(RleOracle, MasksAreEncodedAsByTheCocoTools) {
  ASSERT_GT(oracle()["masks"].size(), 50U);
  for (const json& example : oracle()["masks"]) {
    std::vector<std::uint8_t> mask;
    for (const std::string column : example["columns"]) {
      for (const char c : column) mask.push_back(c == '1' ? 7 : 0);
    }
    const Rle rle = rle_encode(mask.data(), height_of(example), width_of(example));
    EXPECT_EQ(rle_to_string(rle), example["text"]) << example;
    EXPECT_EQ(rle_area(rle), example["area"]) << example;
    EXPECT_EQ(values(rle_box(rle)), example["box"].get<std::vector<double>>()) << example;

    const Rle read = rle_from_string(example["text"].get<std::string>(), height_of(example), width_of(example));
    EXPECT_EQ(read.counts, rle.counts);
    std::vector<std::uint8_t> decoded(mask.size(), 9);
    rle_decode(read, decoded.data());
    for (std::uint8_t& value : mask) value = value == 0 ? 0 : 1;
    EXPECT_EQ(decoded, mask);
  }
}

TEST(RleOracle, PolygonsAreFilledAsByTheCocoTools) {
  ASSERT_GT(oracle()["polygons"].size(), 200U);
  for (const json& example : oracle()["polygons"]) {
    const auto xy = example["polygon"].get<std::vector<double>>();
    const Rle rle = rle_from_polygon(xy.data(), xy.size() / 2, height_of(example), width_of(example));
    EXPECT_EQ(rle_to_string(rle), example["text"]) << example;
    EXPECT_EQ(rle_area(rle), example["area"]) << example;
    EXPECT_EQ(values(rle_box(rle)), example["box"].get<std::vector<double>>()) << example;
  }
}

TEST(RleOracle, MergesAreThoseOfTheCocoTools) {
  for (const json& example : oracle()["merges"]) {
    std::vector<Rle> parts;
    for (const json& polygon : example["polygons"]) {
      const auto xy = polygon.get<std::vector<double>>();
      parts.push_back(rle_from_polygon(xy.data(), xy.size() / 2, height_of(example), width_of(example)));
    }
    EXPECT_EQ(rle_to_string(rle_merge(parts)), example["union"]) << example;
    EXPECT_EQ(rle_to_string(rle_merge(parts, true)), example["intersection"]) << example;
  }
}

void expect_ious(const std::vector<double>& got, const json& expected) {
  std::size_t at = 0;
  for (const json& row : expected) {
    for (const double value : row) EXPECT_EQ(got.at(at++), value);
  }
  EXPECT_EQ(at, got.size());
}

TEST(RleOracle, IousOfBoxesAreThoseOfTheCocoTools) {
  for (const json& example : oracle()["box_iou"]) {
    expect_ious(box_iou(boxes(example["dets"]), boxes(example["gts"]), example["crowd"]), example["iou"]);
  }
}

TEST(RleOracle, IousOfMasksAreThoseOfTheCocoTools) {
  for (const json& example : oracle()["mask_iou"]) {
    const auto masks = [&](const char* key) {
      std::vector<Rle> out;
      for (const BoxXywh& box : boxes(example[key]))
        out.push_back(rle_from_box(box, height_of(example), width_of(example)));
      return out;
    };
    expect_ious(rle_iou(masks("dets"), masks("gts"), example["crowd"]), example["iou"]);
  }
}

TEST(Rle, CountsAlternateFromZeros) {
  const std::uint8_t mask[] = {1, 0, 0, 1, 1, 0};  // two columns of three
  EXPECT_THAT(rle_encode(mask, 3, 2).counts, ElementsAre(0, 1, 2, 2, 1));
}

TEST(Rle, AMaskWithoutPixels) {
  EXPECT_THAT(rle_encode(nullptr, 0, 5).counts, ElementsAre(0));
  EXPECT_THAT(rle_merge({Rle{0, 5, {0}}, Rle{0, 5, {0}}}).counts, ElementsAre(0));
  EXPECT_EQ(values(rle_box(Rle{0, 5, {0}})), (std::vector<double>{0, 0, 0, 0}));
  EXPECT_TRUE(rle_merge({}).counts.empty());
}

TEST(Rle, RunsOfNoPixelsChangeNothing) {
  const Rle odd{4, 3, {3, 0, 2, 2, 0, 1, 4}};  // pixels 5, 6 and 7
  const Rle plain{4, 3, {5, 3, 4}};
  EXPECT_EQ(rle_area(odd), 3U);
  EXPECT_EQ(values(rle_box(odd)), values(rle_box(plain)));
  EXPECT_THAT(rle_iou({odd}, {plain}, {}), ElementsAre(1.0));
  std::vector<std::uint8_t> a(12), b(12);
  rle_decode(odd, a.data());
  rle_decode(rle_merge({odd, plain}), b.data());
  EXPECT_EQ(a, b);
}

TEST(Rle, FarPointsCostNoTime) {
  const double xy[] = {-9e7, -9e7, 9e7, -9e7, 9e7, 9e7, -9e7, 9e7};
  EXPECT_THAT(rle_from_polygon(xy, 4, 600, 800).counts, ElementsAre(0, 480000));
}

TEST(Rle, PointsOutOfReachAreRefused) {
  const double far[] = {0, 0, 1e300, 0, 5, 5};
  EXPECT_THAT(message_of([&] { rle_from_polygon(far, 3, 10, 10); }), HasSubstr("1e+300 is not within"));
}

TEST(Rle, SizesMustAgree) {
  const Rle a{2, 3, {0, 6}}, b{3, 2, {0, 6}};
  EXPECT_THAT(message_of([&] { rle_merge({a, b}); }), HasSubstr("2 x 3 and 3 x 2 cannot be merged"));
  EXPECT_THAT(message_of([&] { rle_iou({a}, {b}, {}); }), HasSubstr("2 x 3 and 3 x 2 cannot be compared"));
}

TEST(Rle, BrokenTextIsRefused) {
  const std::string text = rle_to_string(Rle{20, 30, {100, 200, 50, 250}});
  const auto read = [](std::string_view t) { return message_of([&] { rle_from_string(t, 20, 30); }); };
  EXPECT_EQ(read(text), "no error");
  EXPECT_THAT(read(text.substr(0, text.size() - 1)), HasSubstr("cut in the middle of a count"));
  EXPECT_THAT(read("T3"), HasSubstr("the counts make 100 pixels, not 600; write it"));
  EXPECT_THAT(read("T3" + text), HasSubstr("the counts up to character"));
  EXPECT_THAT(read("T3/"), HasSubstr("character 3 is not one of '0' ... 'o'"));
  EXPECT_THAT(read("oooooooooooo"), HasSubstr("the count at character 8 is too large"));
  EXPECT_THAT(read("O"), HasSubstr("make -1 pixels"));
  EXPECT_THAT(message_of([&] { rle_from_string(text, 30, 30); }), HasSubstr("make 600 pixels, not 900"));
}

TEST(Rle, LargeCountsComeBack) {
  const Rle rle{65535, 65535, {4294836225U}};
  EXPECT_EQ(rle_from_string(rle_to_string(rle), 65535, 65535).counts, rle.counts);
  const Rle swings{65535, 65535, {1, 0, 4294836223U, 1, 0}};
  EXPECT_EQ(rle_from_string(rle_to_string(swings), 65535, 65535).counts, swings.counts);
}

}  // namespace
}  // namespace longtail

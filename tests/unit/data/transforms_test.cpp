#include "core/data/transforms.h"

#include <gmock/gmock.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/error.h>

#include <cmath>
#include <cstring>
#include <tuple>

#include "core/data/color_jitter.h"
#include "core/data/resize.h"
#include "tests/support/picture_folder.h"
#include "tests/unit/data/oracle_pictures.h"

namespace longtail {
namespace {

using testing::max_difference;
using testing::oracle_path;
using testing::read_bytes;
using testing::read_picture;

Image cut(const Image& image, const Rect& part) {
  Image out;
  out.resize(part.height, part.width);
  for (int y = 0; y < part.height; ++y) {
    std::memcpy(out.row(y), image.row(part.top + y) + part.left * 3, static_cast<std::size_t>(part.width) * 3);
  }
  return out;
}

Image resize(const Image& image, int height, int width) {
  Image out;
  BilinearResize(image.height, image.width, height, width, {0, 0, height, width}).apply(image, out);
  return out;
}

// The oracles are Pillow's own bytes: integer arithmetic, so nothing may differ.
TEST(BilinearResize, GivesPillowsBytes) {
  const Image image = read_picture("input.png");
  EXPECT_EQ(max_difference(resize(image, 13, 19), read_picture("resize_13x19.png")), 0);
  EXPECT_EQ(max_difference(resize(image, 101, 97), read_picture("resize_101x97.png")), 0);
  EXPECT_EQ(max_difference(resize(image, 20, 61), read_picture("resize_20x61.png")), 0);
  EXPECT_EQ(max_difference(resize(image, image.height, image.width), image), 0);
  EXPECT_EQ(max_difference(resize(cut(image, {5, 9, 31, 40}), 24, 24), read_picture("resized_crop_5_9_31_40.png")), 0);
}

TEST(BilinearResize, NeedsOnlyItsSource) {
  for (const auto& [input, side, oracle] : {std::tuple("input.png", 32, "resize_32_center_28.png"),
                                            std::tuple("rotated.png", 33, "rotated_resize_33_center_28.png")}) {
    const Image image = read_picture(input);
    BilinearResize resize = resize_and_center(image.height, image.width, side, 28);
    const Rect source = resize.source();
    EXPECT_LT(source.height * source.width, image.height * image.width);
    Image out;
    resize.apply(cut(image, source), out);
    EXPECT_EQ(max_difference(out, read_picture(oracle)), 0);
  }
}

TEST(BilinearResize, TinyInputs) {
  Image dot;
  dot.resize(1, 1);
  dot.pixels = {10, 20, 30};
  const Image grown = resize(dot, 5, 3);
  for (std::size_t i = 0; i < grown.pixels.size(); ++i) EXPECT_EQ(grown.pixels[i], dot.pixels[i % 3]);
  EXPECT_EQ(resize(read_picture("input.png"), 1, 1).pixels.size(), 3u);
}

TEST(ColorJitter, GivesPillowsBytes) {
  const auto changed = [](void (*change)(Image&, float), float factor) {
    Image image = read_picture("input.png");
    change(image, factor);
    return image;
  };
  EXPECT_EQ(max_difference(changed(adjust_brightness, 1.31f), read_picture("brightness_1.31.png")), 0);
  EXPECT_EQ(max_difference(changed(adjust_contrast, 0.73f), read_picture("contrast_0.73.png")), 0);
  EXPECT_EQ(max_difference(changed(adjust_contrast, 1.4f), read_picture("contrast_1.4.png")), 0);
  EXPECT_EQ(max_difference(changed(adjust_saturation, 0.62f), read_picture("saturation_0.62.png")), 0);
  EXPECT_EQ(max_difference(changed(adjust_saturation, 1.37f), read_picture("saturation_1.37.png")), 0);
}

TEST(Normalizer, GivesTorchvisionsFloats) {
  const CifarTransform::Params params;
  const Image small = read_picture("small.png");
  std::vector<float> out(3 * 32 * 32);
  Normalizer(params.mean, params.std).crop(small, 7 - 4, 2 - 4, 32, true, out.data());
  const std::string bytes = read_bytes(oracle_path("cifar_7_2_mirrored.f32"));
  ASSERT_EQ(bytes.size(), out.size() * sizeof(float));
  std::vector<float> expected(out.size());
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  // The same three float operations; a division may be compiled as a multiplication on either side: 2 units of the last
  // place.
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 5e-7) << i;
}

TEST(CifarTransform, CropsLieWithinThePaddingAndAllHappen) {
  CifarTransform::Params params;
  params.size = 5;
  params.padding = 1;
  params.mean = {0, 0, 0};
  params.std = {1, 1, 1};
  const CifarTransform transform(params);
  const testing::TempFolder folder;
  ImageReader reader;
  reader.open(folder.write_picture("a.png", 5, 5, 30));
  const Image image = reader.decode();
  std::vector<int> seen(18);
  for (std::uint64_t i = 0; i < 400; ++i) {
    Rng rng(1, 0, i);
    std::vector<float> out(75), expected(75);
    transform.train(reader, rng, out.data());
    int matches = 0;
    for (int kind = 0; kind < 18; ++kind) {
      Normalizer(params.mean, params.std)
          .crop(image, kind / 6 - 1, kind / 2 % 3 - 1, 5, kind % 2 == 1, expected.data());
      if (out != expected) continue;
      ++seen[kind];
      ++matches;
    }
    EXPECT_EQ(matches, 1);
  }
  for (const int count : seen) EXPECT_GT(count, 5);  // 22 expected
}

TEST(CifarTransform, ScalesOtherSizes) {
  const CifarTransform transform(CifarTransform::Params{});
  ImageReader reader;
  reader.open(oracle_path("input.png"));
  std::vector<float> out(3 * 32 * 32);
  transform.test(reader, out.data());
  Rng rng(0);
  transform.train(reader, rng, out.data());
  for (const float value : out) ASSERT_TRUE(std::isfinite(value));
}

TEST(ImageNetTransform, PartsFollowScaleAndRatio) {
  const ImageNetTransform transform(ImageNetTransform::Params{});
  const double area = 375.0 * 500;
  double mean = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Rng rng(5, 0, i);
    const Rect part = transform.draw_part(375, 500, rng);
    ASSERT_TRUE(part.top >= 0 && part.left >= 0 && part.top + part.height <= 375 && part.left + part.width <= 500);
    const double ratio = static_cast<double>(part.width) / part.height;
    ASSERT_TRUE(ratio > 0.74 && ratio < 1.35);
    const double share = part.width * part.height / area;
    ASSERT_TRUE(share > 0.079 && share <= 1);
    mean += share / 2000;
  }
  EXPECT_NEAR(mean, 0.435, 0.02);  // torchvision: 0.43; the largest parts often do not fit and are drawn again
  Rng rng(0);
  const Rect strip = transform.draw_part(10, 1000, rng);
  EXPECT_EQ(strip.height, 10);
  EXPECT_LE(strip.width, 13);
}

TEST(ImageNetTransform, TestIsTorchvisions) {
  ImageNetTransform::Params params;
  params.size = 28;
  params.resize = 32;
  const ImageNetTransform transform(params);
  ImageReader reader;
  reader.open(oracle_path("input.png"));
  std::vector<float> out(3 * 28 * 28), expected(out.size());
  transform.test(reader, out.data());
  Normalizer(params.mean, params.std).crop(read_picture("resize_32_center_28.png"), 0, 0, 28, false, expected.data());
  EXPECT_EQ(out, expected);
}

TEST(ImageNetTransform, TrainingDrawsFromTheStreamAlone) {
  ImageNetTransform::Params params;
  params.size = 16;
  params.resize = 16;
  params.color_jitter = 0.4;
  const ImageNetTransform transform(params);
  ImageReader reader;
  reader.open(oracle_path("input_420.jpg"));
  const auto run = [&](std::uint64_t position) {
    Rng rng(9, 1, position);
    std::vector<float> out(3 * 16 * 16);
    transform.train(reader, rng, out.data());
    return out;
  };
  const auto first = run(4);
  EXPECT_NE(first, run(5));
  EXPECT_EQ(first, run(4));
}

Catalog transforms() {
  Registrar registrar;
  register_transforms(registrar);
  Catalog catalog;
  catalog.commit(registrar.take());
  return catalog;
}

TEST(Transforms, AreComponentsWithSchemas) {
  const Catalog catalog = transforms();
  Diagnostics diagnostics;
  const Node node = parse_yaml("{type: imagenet, size: 64, resize: 72}", "test", diagnostics);
  const ComponentSpec spec = catalog.resolve("transform", node, diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.text();
  EXPECT_EQ(catalog.make<Transform>(spec, {})->size(), 64);
}

TEST(Transforms, RefuseParametersThatContradict) {
  const Catalog catalog = transforms();
  for (const auto& [text, expected] : {std::make_pair("{type: cifar, mean: [0.5]}", "3 entries each"),
                                       std::make_pair("{type: imagenet, std: [1, 1, 1, 1]}", "3 entries each"),
                                       std::make_pair("{type: imagenet, resize: 100}", "at least 'size'"),
                                       std::make_pair("{type: imagenet, scale: [1.0, 0.1]}", "'scale' must be"),
                                       std::make_pair("{type: imagenet, ratio: [1.0]}", "'ratio' must be")}) {
    Diagnostics diagnostics;
    catalog.resolve("transform", parse_yaml(text, "test", diagnostics), diagnostics);
    ASSERT_EQ(diagnostics.findings().size(), 1u) << text;
    EXPECT_NE(diagnostics.text().find("test:1:1"), std::string::npos) << diagnostics.text();
    EXPECT_NE(diagnostics.text().find(expected), std::string::npos) << diagnostics.text();
  }
}

}  // namespace
}  // namespace longtail

#include "core/data/instance_transform.h"

#include <gmock/gmock.h>
#include <longtail/config/compose.h>

#include <cstring>
#include <set>
#include <utility>

#include "tests/support/picture_folder.h"
#include "tests/unit/data/oracle_pictures.h"

namespace longtail {
namespace {

using ::testing::Each;
using testing::max_difference;
using testing::oracle_path;
using testing::read_bytes;
using testing::read_picture;

std::pair<int, int> test_size(const InstanceTransform& transform, int height, int width) {
  const InstanceView view = transform.test_view(height, width);
  EXPECT_DOUBLE_EQ(view.scale_x, static_cast<double>(view.width) / width);
  EXPECT_DOUBLE_EQ(view.scale_y, static_cast<double>(view.height) / height);
  EXPECT_FALSE(view.flip);
  return {view.height, view.width};
}

InstanceTransform::Params params(const char* resize, std::int64_t short_side = 800, std::int64_t long_side = 1333) {
  InstanceTransform::Params params;
  params.resize = resize;
  params.test_short_side = short_side;
  params.short_sides = {short_side};
  params.max_long_side = long_side;
  return params;
}

// mmcv's rule for scale (1333, 800): the factor min(800 / short, 1333 / long), sizes rounded.
TEST(InstanceTransform, SizesAsMmdetection) {
  const InstanceTransform transform(params("before"));
  EXPECT_EQ(test_size(transform, 480, 640), std::make_pair(800, 1067));
  EXPECT_EQ(test_size(transform, 427, 640), std::make_pair(800, 1199));
  EXPECT_EQ(test_size(transform, 640, 480), std::make_pair(1067, 800));
  EXPECT_EQ(test_size(transform, 333, 500), std::make_pair(800, 1201));
  EXPECT_EQ(test_size(transform, 100, 400), std::make_pair(333, 1333));
  EXPECT_EQ(test_size(transform, 1, 5000), std::make_pair(1, 1333));
}

// What GeneralizedRCNNTransform(800, 1333) of torchvision 0.14 gives.
TEST(InstanceTransform, SizesAsTorchvision) {
  const InstanceTransform transform(params("after"));
  EXPECT_EQ(test_size(transform, 480, 640), std::make_pair(800, 1066));
  EXPECT_EQ(test_size(transform, 427, 640), std::make_pair(799, 1199));
  EXPECT_EQ(test_size(transform, 640, 480), std::make_pair(1066, 800));
  EXPECT_EQ(test_size(transform, 333, 500), std::make_pair(799, 1201));
  EXPECT_EQ(test_size(transform, 100, 400), std::make_pair(333, 1332));
  EXPECT_EQ(test_size(transform, 375, 500), std::make_pair(799, 1066));
  EXPECT_EQ(test_size(transform, 600, 901), std::make_pair(800, 1201));
}

std::vector<float> written(const InstanceTransform& transform, bool flip = false) {
  ImageReader reader;
  reader.open(oracle_path("input.png"));
  InstanceView view = transform.test_view(reader.height(), reader.width());
  view.flip = flip;
  const std::int64_t height = transform.padded(view.height), width = transform.padded(view.width);
  std::vector<float> out(static_cast<std::size_t>(3 * height * width), -99.0f);
  transform.write(transform.scale(reader, view), view, height, width, out.data());
  return out;
}

TEST(InstanceTransform, PixelsAsTorchvision) {
  const std::vector<float> out = written(InstanceTransform(params("after", 31, 45)));
  const std::string bytes = read_bytes(oracle_path("detector_after_31_45.f32"));
  ASSERT_EQ(bytes.size(), out.size() * sizeof(float));
  std::vector<float> expected(out.size());
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  // Places between pixels are floats: 61 * 2^-24 of a pixel, times a step of 4.5 at the most.
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 1.6e-5) << i;
}

TEST(InstanceTransform, PixelsAsMmdetection) {
  ImageReader reader;
  reader.open(oracle_path("input.png"));
  const InstanceTransform transform(params("before", 40, 60));
  const auto picture = transform.scale(reader, transform.test_view(reader.height(), reader.width()));
  EXPECT_EQ(max_difference(picture.bytes, read_picture("detector_before_40_60.png")), 0);
}

TEST(InstanceTransform, NormalisesMirrorsAndPads) {
  for (const char* resize : {"before", "after"}) {
    const InstanceTransform transform(params(resize, 40, 60));
    const std::vector<float> plain = written(transform), mirrored = written(transform, true);
    const int inside = transform.test_view(47, 61).width, width = 64, height = 64;
    ASSERT_EQ(plain.size(), 3u * height * width);
    for (int row = 0; row < 3 * height; ++row) {
      const float* const a = plain.data() + row * width;
      const float* const b = mirrored.data() + row * width;
      const bool below = row % height >= 40;
      for (int x = 0; x < width; ++x) {
        if (below || x >= inside) {
          ASSERT_EQ(a[x], 0);
          ASSERT_EQ(b[x], 0);
        } else {
          ASSERT_EQ(a[x], b[inside - 1 - x]);
        }
      }
    }
  }
}

TEST(InstanceTransform, BothWaysOfScalingAreClose) {
  ImageReader reader;
  reader.open(oracle_path("input.png"));
  InstanceView view;
  view.height = 80;
  view.width = 97;
  const auto floats = InstanceTransform(params("after")).scale(reader, view).floats.pixels;
  const auto bytes = InstanceTransform(params("before")).scale(reader, view).bytes.pixels;
  ASSERT_EQ(floats.size(), 3u * 80 * 97);
  ASSERT_EQ(bytes.size(), floats.size());
  for (std::size_t i = 0; i < floats.size(); ++i) ASSERT_NEAR(floats[i], bytes[i], 1) << i;
}

TEST(InstanceTransform, APictureOfTheRightSizeIsNotTouched) {
  ImageReader reader;
  reader.open(oracle_path("input.png"));
  const InstanceTransform transform(params("before", 47, 61));
  const auto picture = transform.scale(reader, transform.test_view(47, 61));
  EXPECT_EQ(max_difference(picture.bytes, read_picture("input.png")), 0);
}

TEST(InstanceTransform, DrawsEverySideAndBothMirrorImages) {
  InstanceTransform::Params params;
  const InstanceTransform transform(params);
  std::set<std::pair<int, bool>> seen;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng(1, 0, i), again(1, 0, i);
    const InstanceView view = transform.train_view(480, 640, rng);
    EXPECT_EQ(view.height, transform.train_view(480, 640, again).height);
    seen.insert({view.height, view.flip});
  }
  EXPECT_EQ(seen.size(), 2 * params.short_sides.size());
  params.flip = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    Rng rng(1, 0, i);
    EXPECT_FALSE(InstanceTransform(params).train_view(480, 640, rng).flip);
  }
}

TEST(InstanceTransform, ParametersAreChecked) {
  const auto findings = [](const std::string& text) {
    Diagnostics diagnostics;
    const Node node = parse_yaml(text, "t.yaml", diagnostics);
    InstanceTransform::Params params;
    read_params(node, params, "data.transform", nullptr, diagnostics);
    return diagnostics.findings().size();
  };
  EXPECT_EQ(findings("{short_sides: [256, 320], test_short_side: 320, max_long_side: 512, resize: after}"), 0u);
  EXPECT_EQ(findings("{short_sides: []}"), 1u);
  EXPECT_EQ(findings("{short_sides: [0]}"), 1u);
  EXPECT_EQ(findings("{resize: between}"), 1u);
  EXPECT_EQ(findings("{mean: [0.5]}"), 1u);
}

}  // namespace
}  // namespace longtail

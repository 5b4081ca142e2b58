#include "core/ops/roi_align.h"

#include <ATen/Parallel.h>

#include <limits>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

const std::vector<double> kScales = {0.25, 0.125};

std::vector<Tensor> maps_of_waves(at::ScalarType type = at::kDouble) {
  std::vector<Tensor> maps;
  for (const auto& size : std::vector<std::vector<std::int64_t>>{{2, 3, 11, 13}, {2, 3, 5, 6}}) {
    maps.push_back(waves(size, 1.0, static_cast<int>(maps.size())).to(type).requires_grad_());
  }
  return maps;
}

Tensor roi(std::vector<double> row) { return at::tensor(row, at::kDouble).view({-1, 5}); }

TEST(RoiAlign, ForwardAndBackwardAreTorchvisions) {
  const Node expected = testing::oracle("ops.json");
  const Tensor rois = numbers(expected, "rois").view({-1, 5}), levels = numbers(expected, "levels").to(at::kLong);
  for (const auto& [type, tolerance] : {std::pair(at::kDouble, 1e-11), std::pair(at::kFloat, 2e-5)}) {
    for (const Node& item : expected.find("roi_align")->items()) {
      RoiAlignOptions options;
      ASSERT_TRUE(item.find("size")->as(options.output_size) && item.find("ratio")->as(options.sampling_ratio) &&
                  item.find("aligned")->as(options.aligned));
      const std::vector<Tensor> maps = maps_of_waves(type);
      const Tensor out = roi_align(maps, kScales, rois, levels, options);
      EXPECT_TRUE(out.is_contiguous(at::MemoryFormat::ChannelsLast));
      EXPECT_TRUE(near(out, numbers(item, "out"), tolerance));
      (out * waves(out.sizes().vec(), 1.0, 2).to(type)).sum().backward();
      for (std::size_t l = 0; l < maps.size(); ++l) {
        EXPECT_TRUE(near(maps[l].grad(), numbers(item, "gradients." + std::to_string(l)), 10 * tolerance));
      }
    }
  }
}

TEST(RoiAlign, GradientsAreTheFiniteDifferences) {
  const Tensor rois = roi({0, 3.2, 5.1, 30.7, 41.9, 1, -9.5, -7.25, 20.5, 15.75, 1, 1, 2, 50, 39});
  const Tensor levels = at::tensor(std::vector<std::int64_t>{0, 1, 0}, at::kLong);
  std::vector<Tensor> maps = maps_of_waves();
  const Tensor weights = waves({3, 3, 5, 5}, 1.0, 4);
  RoiAlignOptions options;
  options.output_size = 5;
  (roi_align(maps, kScales, rois, levels, options) * weights).sum().backward();
  for (std::size_t l = 0; l < maps.size(); ++l) {
    const auto value = [&](const Tensor& moved) {
      std::vector<Tensor> others = maps_of_waves();
      others[l] = moved;
      return (roi_align(others, kScales, rois, levels, options) * weights).sum().item<double>();
    };
    EXPECT_TRUE(near(maps[l].grad(), testing::numeric_gradient(value, maps[l]), 1e-7));
  }
}

TEST(RoiAlign, TheLayoutOfTheMapsDoesNotMatter) {
  const Tensor rois = roi({0, 3, 5, 40, 41, 1, 2, 2, 30, 20}), levels = at::zeros({2}, at::kLong);
  const std::vector<Tensor> maps = maps_of_waves();
  std::vector<Tensor> last;
  for (const Tensor& map : maps) last.push_back(map.detach().contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(near(roi_align(maps, kScales, rois, levels, {}), roi_align(last, kScales, rois, levels, {}), 0));
}

TEST(RoiAlign, NoRoisGiveNoFeaturesAndZeroGradients) {
  const std::vector<Tensor> maps = maps_of_waves(at::kFloat);
  const Tensor out = roi_align(maps, kScales, at::empty({0, 5}), at::empty({0}, at::kLong), {});
  EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 3, 7, 7}));
  out.sum().backward();
  EXPECT_TRUE(near(maps[0].grad(), at::zeros({2, 3, 11, 13}), 0));
}

TEST(RoiAlign, BoxesThatAreNoneGiveZeros) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const Tensor rois = roi({0, nan, 1, 2, 3, 0, -inf, 0, inf, 9, 0, 9, 9, 2, 2, 0, 1e6, 1e6, 1e7, 1e7});
  for (const bool aligned : {true, false}) {
    RoiAlignOptions options;
    options.aligned = aligned;
    const Tensor out = roi_align(maps_of_waves(), kScales, rois, at::zeros({4}, at::kLong), options);
    EXPECT_TRUE(near(out[0], at::zeros({3, 7, 7}), 0));
    EXPECT_TRUE(near(out[1], at::zeros({3, 7, 7}), 0));
    EXPECT_TRUE(near(out[3], at::zeros({3, 7, 7}), 0));
    EXPECT_TRUE(out.isfinite().all().item<bool>());
  }
}

TEST(RoiAlign, OfAHugeBoxOnlyWhatLiesOnTheMapIsSampled) {
  const Tensor rois = roi({0, -4e12, -4e12, 4e12, 4e12});
  const Tensor out = roi_align({at::ones({1, 1, 9, 9})}, {1.0}, rois, at::zeros({1}, at::kLong), {});
  EXPECT_LT(out.abs().max().item<double>(), 1e-6);
}

TEST(RoiAlign, ThreadsDoNotMatter) {
  const int threads = at::get_num_threads();
  at::manual_seed(5);
  const Tensor corner = at::rand({40, 2}) * 60, extent = at::rand({40, 2}) * 50;
  const Tensor rois = at::cat({at::randint(2, {40, 1}), corner, corner + extent}, 1);
  const Tensor levels = at::randint(2, {40}, at::kLong);
  std::vector<Tensor> gradients;
  for (const int count : {1, 3, 4}) {
    at::set_num_threads(count);
    std::vector<Tensor> maps = {at::ones({2, 70, 33, 29}).requires_grad_(), at::ones({2, 70, 17, 15}).requires_grad_()};
    const Tensor out = roi_align(maps, kScales, rois, levels, {});
    (out * waves(out.sizes().vec(), 1.0).to(at::kFloat)).sum().backward();
    gradients.push_back(at::cat({maps[0].grad().flatten(), maps[1].grad().flatten(), out.detach().flatten()}));
    EXPECT_TRUE(gradients.back().equal(gradients.front())) << count << " threads";
  }
  at::set_num_threads(threads);
}

TEST(RoiAlign, WrongLevelsAndImagesAreNamed) {
  const auto run = [](std::int64_t level, double image) {
    return roi_align(maps_of_waves(), kScales, roi({image, 1, 2, 3, 4}), at::full({1}, level, at::kLong), {});
  };
  EXPECT_THROW(run(2, 0), c10::IndexError);
  EXPECT_THROW(run(-1, 0), c10::IndexError);
  EXPECT_THROW(run(0, 2), c10::IndexError);
  EXPECT_THROW(run(0, std::nan("")), c10::IndexError);
}

}  // namespace
}  // namespace longtail

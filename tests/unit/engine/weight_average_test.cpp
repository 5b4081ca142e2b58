#include "core/engine/weight_average.h"

#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longtail {
namespace {

struct OneWeight : Module {
  OneWeight() { weight = register_parameter("weight", at::zeros({1}, at::kDouble)); }
  void set(double value) {
    const c10::NoGradGuard no_grad;
    weight.fill_(value);
  }
  Tensor weight;
};

TEST(WeightAverage, MovesByOneMinusDecay) {
  OneWeight module;
  WeightAverage average(module, 0.9, {});
  module.set(1);
  average.update();  // 0.9 * 0 + 0.1 * 1
  module.set(2);
  average.update();  // 0.9 * 0.1 + 0.1 * 2
  EXPECT_NEAR(average.state()[0].second.item<double>(), 0.29, 1e-12);
}

struct WithLoss : Module {
  WithLoss() {
    auto loss = std::make_shared<OneWeight>();
    loss->register_buffer("confusion_matrix", at::zeros({2, 2}));
    register_module("loss", loss);
    register_buffer("running_mean", at::zeros({2}));
  }
};

TEST(WeightAverage, LeavesTheStateOfALossAsItIs) {
  WithLoss module;
  const WeightAverage average(module, 0.9, {});
  std::vector<std::string> names;
  for (const auto& named : average.state()) names.push_back(named.first);
  EXPECT_THAT(names, testing::UnorderedElementsAre("loss.weight", "running_mean"));
}

TEST(WeightAverage, SwapIsItsOwnInverse) {
  OneWeight module;
  WeightAverage average(module, 0.5, {});
  module.set(4);
  average.swap();
  EXPECT_EQ(module.weight.item<double>(), 0);
  average.swap();
  EXPECT_EQ(module.weight.item<double>(), 4);
}

}  // namespace
}  // namespace longtail

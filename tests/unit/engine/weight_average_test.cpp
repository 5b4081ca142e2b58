#include "core/engine/weight_average.h"

#include <c10/core/GradMode.h>
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

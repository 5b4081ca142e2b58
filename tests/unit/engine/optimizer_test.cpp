#include "core/engine/optimizer.h"

#include <gtest/gtest.h>

namespace longtail {
namespace {

Tensor parameter(double value) { return at::full({1}, value, at::kDouble).requires_grad_(true); }

void set_gradient(Tensor& parameter, double value) { parameter.mutable_grad() = at::full({1}, value, at::kDouble); }

OptimizerConfig config() {
  OptimizerConfig config;
  config.momentum = 0.9;
  config.weight_decay = 0.1;
  return config;
}

// By hand, lr 0.5, weight 2, gradient 1 twice:
//   d = 1 + 0.1 * 2 = 1.2;  v = 1.2;                      w = 2 - 0.6 = 1.4
//   d = 1 + 0.1 * 1.4 = 1.14;  v = 0.9 * 1.2 + 1.14 = 2.22;  w = 1.4 - 1.11 = 0.29
TEST(Sgd, FollowsTheFormulasOverTwoSteps) {
  Tensor weight = parameter(2);
  Sgd sgd(config(), {{"w", weight}});
  set_gradient(weight, 1);
  sgd.step(0.5);
  EXPECT_NEAR(weight.item<double>(), 1.4, 1e-12);
  set_gradient(weight, 1);
  sgd.step(0.5);
  EXPECT_NEAR(weight.item<double>(), 0.29, 1e-12);
}

// Nesterov: w -= lr * (d + 0.9 * v). First step: d = v = 1.2, w = 2 - 0.5 * 2.28 = 0.86.
TEST(Sgd, NesterovLooksAhead) {
  Tensor weight = parameter(2);
  OptimizerConfig nesterov = config();
  nesterov.nesterov = true;
  Sgd sgd(nesterov, {{"w", weight}});
  set_gradient(weight, 1);
  sgd.step(0.5);
  EXPECT_NEAR(weight.item<double>(), 0.86, 1e-12);
}

TEST(Sgd, StateGoesOnAsIfNeverInterrupted) {
  Tensor whole = parameter(2), parts = parameter(2);
  Sgd one(config(), {{"w", whole}});
  Sgd first(config(), {{"w", parts}});
  for (double gradient : {1.0, -0.5}) {
    set_gradient(whole, gradient);
    one.step(0.1);
  }
  set_gradient(parts, 1.0);
  first.step(0.1);
  Sgd second(config(), {{"w", parts}});
  second.load_state(first.state());
  set_gradient(parts, -0.5);
  second.step(0.1);
  EXPECT_EQ(whole.item<double>(), parts.item<double>());
}

TEST(Sgd, ClipsTheNormOfAllGradientsTogether) {
  Tensor a = parameter(0), b = parameter(0);
  OptimizerConfig clipping = config();
  clipping.clip_norm = 1;
  Sgd sgd(clipping, {{"a", a}, {"b", b}});
  set_gradient(a, 3);
  set_gradient(b, 4);
  EXPECT_NEAR(sgd.clip_gradients(), 5, 1e-12);
  EXPECT_NEAR(a.grad().item<double>(), 0.6, 1e-6);
  EXPECT_NEAR(b.grad().item<double>(), 0.8, 1e-6);
}

TEST(Sgd, LeavesParametersWithoutGradientAlone) {
  Tensor weight = parameter(2);
  Sgd sgd(config(), {{"w", weight}});
  sgd.step(0.5);
  EXPECT_EQ(weight.item<double>(), 2);
  EXPECT_TRUE(sgd.state().empty());
}

}  // namespace
}  // namespace longtail

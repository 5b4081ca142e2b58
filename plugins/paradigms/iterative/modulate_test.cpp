// The loops for the CPU beside the composition for other devices, whose gradients are LibTorch's own.
#include "modulate.h"

#include <c10/util/Exception.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

struct Pass {
  Tensor out, features, factors, summands;  // the last three are gradients
};

Pass pass(Tensor (*operation)(const Tensor&, const Tensor&, const Tensor&), at::ScalarType type, bool channels_last) {
  const auto layout = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const Tensor features = waves({3, 37, 7, 7}, 1.0).to(type).contiguous(layout).requires_grad_();
  const Tensor factors = waves({3, 49}, 1.0, 1).to(type).requires_grad_();
  const Tensor summands = waves({3, 37}, 1.0, 2).to(type).requires_grad_();
  const Tensor out = operation(features, factors, summands);
  (out * waves({3, 37, 7, 7}, 1.0, 3).to(type)).sum().backward();
  return {out, features.grad(), factors.grad(), summands.grad()};
}

TEST(Modulate, IsTheCompositionForwardAndBackward) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const double tolerance = type == at::kFloat ? 2e-5 : 1e-12;
    for (const bool channels_last : {false, true}) {
      const Pass got = pass(modulate, type, channels_last), expected = pass(modulate_composed, type, channels_last);
      EXPECT_TRUE(near(got.out, expected.out, tolerance));
      EXPECT_TRUE(near(got.features, expected.features, tolerance));
      EXPECT_TRUE(near(got.factors, expected.factors, tolerance));
      EXPECT_TRUE(near(got.summands, expected.summands, tolerance));
    }
  }
}

// A sum's gradient is one number that is repeated, and a convolution's may have its channels last.
TEST(Modulate, GradientsNeedNotBeContiguous) {
  const Tensor factors = waves({2, 4}, 1.0, 1), summands = waves({2, 3}, 1.0, 2);
  const Tensor given = waves({2, 3, 2, 2}, 1.0, 3).contiguous(at::MemoryFormat::ChannelsLast);
  for (const Tensor& weights : {at::ones({}, at::kDouble).expand({2, 3, 2, 2}), given}) {
    const Tensor features = waves({2, 3, 2, 2}, 1.0).requires_grad_(),
                 same = features.detach().clone().requires_grad_();
    const Tensor out = modulate(features, factors, summands);
    out.backward(weights, /*retain_graph=*/true);
    out.backward(weights);
    modulate_composed(same, factors, summands).backward(2 * weights);
    EXPECT_TRUE(near(features.grad(), same.grad(), 1e-14));
  }
}

TEST(Modulate, ShapesThatDoNotFitAreRefused) {
  const Tensor features = at::zeros({2, 3, 4, 4});
  EXPECT_THROW(modulate(features, at::zeros({2, 4}), at::zeros({2, 3})), c10::Error);
  EXPECT_THROW(modulate(features, at::zeros({1, 16}), at::zeros({2, 3})), c10::Error);
  EXPECT_THROW(modulate(features, at::zeros({2, 16}), at::zeros({2, 4})), c10::Error);
  EXPECT_THROW(modulate(features.flatten(2), at::zeros({2, 16}), at::zeros({2, 3})), c10::Error);
}

TEST(Modulate, NoRegions) {
  const Tensor features = at::zeros({0, 3, 2, 2}).requires_grad_();
  modulate(features, at::zeros({0, 4}), at::zeros({0, 3})).sum().backward();
  EXPECT_EQ(features.grad().sizes(), at::IntArrayRef({0, 3, 2, 2}));
}

}  // namespace
}  // namespace longtail

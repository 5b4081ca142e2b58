#include <longtail/loss.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

class SoftmaxTest : public ::testing::Test {
 protected:
  SoftmaxTest() {
    context.catalog = &catalog;
    context.num_classes = 3;
    context.has_background = true;
    loss = testing::make<Loss>(catalog, "softmax", context);
  }

  Catalog catalog = testing::catalog_of({"softmax"});
  LossContext context;
  std::shared_ptr<Loss> loss;
};

TEST_F(SoftmaxTest, IsTheLogOfTheSumMinusTheTarget) {
  const Tensor logits = at::tensor({0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0}, at::kDouble).view({2, 4});
  const LossTerms terms = loss->forward(LossInput(logits, at::tensor({1, 3}, at::kLong), 4));
  ASSERT_EQ(terms.size(), 1u);
  // log 4, and log(e^-3 + e^-2 + e^-1 + 1).
  EXPECT_TRUE(near(terms[0].values, at::tensor({1.3862943611198906, 0.44018969856119533}, at::kDouble), 1e-12));
}

TEST_F(SoftmaxTest, SoftTargetsAreLinear) {
  const Tensor logits = waves({5, 4}, 3.0);
  const auto with = [&](const Tensor& targets) {
    LossInput input(logits, at::zeros({5}, at::kLong), 4);
    input.set_targets(targets);
    return loss->forward(input)[0].values;
  };
  const Tensor a = waves({5, 4}, 1.0, 1).abs(), b = waves({5, 4}, 1.0, 2).abs();
  EXPECT_TRUE(near(with(2 * a + 3 * b), 2 * with(a) + 3 * with(b), 1e-12));
  LossInput hard(logits, at::tensor({0, 1, 2, 3, 0}, at::kLong), 4);
  EXPECT_TRUE(near(with(hard.targets()), loss->forward(hard)[0].values, 1e-12));
}

TEST_F(SoftmaxTest, GradientOfSoftTargets) {
  const Tensor targets = waves({3, 4}, 1.0, 1).abs();
  const auto value = [&](const Tensor& logits) {
    LossInput input(logits, at::zeros({3}, at::kLong), 4);
    input.set_targets(targets);
    return loss->forward(input)[0].values.sum();
  };
  const Tensor logits = waves({3, 4}, 2.0).requires_grad_();
  value(logits).backward();
  const Tensor numeric = testing::numeric_gradient([&](const Tensor& z) { return value(z).item<double>(); }, logits);
  EXPECT_TRUE(near(logits.grad(), numeric, 1e-7));
}

TEST_F(SoftmaxTest, NoSamplesGiveAZeroWithAGradient) {
  const Tensor logits = at::zeros({0, 4}).requires_grad_();
  const LossInput input(logits, at::zeros({0}, at::kLong), 4);
  const auto reduced = reduce(loss->forward(input), input);
  reduced[0].second.backward();
  EXPECT_EQ(reduced[0].second.item<double>(), 0);
  EXPECT_EQ(logits.grad().sizes(), logits.sizes());
}

}  // namespace
}  // namespace longtail

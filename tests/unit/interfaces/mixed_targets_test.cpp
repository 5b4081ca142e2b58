#include <gtest/gtest.h>
#include <longtail/loss.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

/// Six samples of three classes and a background, soft labels for samples 4 and 1 or for all.
LossInput input_with(const MixedTargets& targets, const Tensor& logits) {
  LossInput input(logits, at::tensor({3, 0, 3, 3, 2, 1}, at::kLong), 4);
  input.set_targets(targets);
  return input;
}

MixedTargets targets(bool all, at::ScalarType type = at::kDouble) {
  MixedTargets made;
  made.hard = waves({6}, 1.0, 1).abs().to(type);
  made.soft = waves({3, 4}, 1.0, 2).abs().to(type);
  made.index = all ? at::tensor({0, 2, 2, 1, 0, 1}, at::kLong) : at::tensor({2, 0}, at::kLong);
  if (!all) made.rows = at::tensor({4, 1}, at::kLong);
  return made;
}

TEST(MixedTargets, TheirMatrixIsSoftRowsAndHardLabels) {
  const MixedTargets mixed = targets(false);
  const LossInput input = input_with(mixed, waves({6, 4}, 1.0));
  EXPECT_TRUE(input.soft());
  Tensor expected = at::zeros({6, 4}, at::kDouble);
  for (std::int64_t n = 0; n < 6; ++n) expected[n][input.labels[n].item<std::int64_t>()] += mixed.hard[n];
  expected[4] += mixed.soft[2];
  expected[1] += mixed.soft[0];
  EXPECT_TRUE(near(input.targets(), expected, 0));
}

void expect_that_of_the_matrix(bool all, double width, double offset, at::ScalarType type, double tolerance) {
  const Tensor logits = (waves({6, 4}, width) + offset).to(type).requires_grad_();
  const Tensor same = logits.detach().clone().requires_grad_();
  const Tensor full_logits = logits.detach().clone().requires_grad_();
  const LossInput mixed = input_with(targets(all, type), logits);
  LossInput full(full_logits, mixed.labels, 4);
  full.set_targets(mixed.targets().clone());
  const Tensor weights = waves({6}, 1.0, 3).to(type);
  const Tensor expected = -(mixed.targets() * at::log_softmax(same, 1)).sum(1);
  (expected * weights).sum().backward();
  for (const auto& [given, input] : {std::make_pair(logits, mixed), std::make_pair(full_logits, full)}) {
    const Tensor got = cross_entropy(given, input);
    EXPECT_TRUE(near(got / width, expected / width, tolerance));
    (got * weights).sum().backward();
    EXPECT_TRUE(near(given.grad(), same.grad(), tolerance));
  }
}

// Mixed targets and the same as a matrix against the formula. The widest logits leave no probability to some labels.
TEST(MixedTargets, CrossEntropyIsThatOfTheMatrix) {
  for (const bool all : {false, true}) {
    for (const double width : {3.0, 3000.0}) {
      for (const double offset : {0.0, 1e6}) {
        SCOPED_TRACE(::testing::Message() << all << ' ' << width << ' ' << offset);
        expect_that_of_the_matrix(all, width, offset, at::kDouble, 1e-12);
        expect_that_of_the_matrix(all, width, offset, at::kFloat, 1e-6);
      }
    }
  }
}

TEST(MixedTargets, AGraphThatIsRetainedGivesItsGradientAgain) {
  const Tensor logits = waves({6, 4}, 3.0).requires_grad_();
  const Tensor sum = cross_entropy(logits, input_with(targets(false), logits)).sum();
  sum.backward({}, /*retain_graph=*/true);
  const Tensor first = logits.grad().clone();
  sum.backward();
  EXPECT_TRUE(near(logits.grad(), 2 * first, 1e-12));
}

TEST(MixedTargets, AMatrixSetLaterReplacesThem) {
  LossInput input = input_with(targets(false), waves({6, 4}, 1.0));
  input.set_targets(at::ones({6, 4}, at::kDouble));
  EXPECT_EQ(input.mixed_targets(), nullptr);
  EXPECT_TRUE(near(input.targets(), at::ones({6, 4}, at::kDouble), 0));
}

}  // namespace
}  // namespace longtail

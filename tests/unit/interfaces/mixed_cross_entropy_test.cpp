// Beside the same targets as a matrix, for LibTorch to work out. tests/unit/interfaces/mixed_targets_test.cpp has the
// extremes.
#include "core/interfaces/mixed_cross_entropy.h"

#include <c10/util/Exception.h>

#include <limits>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

constexpr std::int64_t kSamples = 9, kWidth = 131;  // more than the lanes of the sums, and no multiple of them

struct Case {
  Tensor logits = waves({kSamples, kWidth}, 6.0), labels = at::arange(kSamples, at::kLong) * 14;
  MixedTargets targets;

  Case() {
    targets.hard = waves({kSamples}, 1.0, 1).abs();
    targets.rows = at::tensor({7, 0, 3}, at::kLong);
    targets.index = at::tensor({1, 0, 1}, at::kLong);
    targets.soft = waves({2, kWidth}, 1.0, 2).abs();
  }

  Tensor matrix() const {
    Tensor made = at::zeros({kSamples, kWidth}, at::kDouble);
    for (std::int64_t n = 0; n < kSamples; ++n) made[n][labels[n].item<std::int64_t>()] += targets.hard[n];
    for (std::int64_t p = 0; p < targets.rows.size(0); ++p) {
      made[targets.rows[p].item<std::int64_t>()] += targets.soft[targets.index[p].item<std::int64_t>()];
    }
    return made;
  }
};

using Operation = Tensor (*)(const Tensor&, const Tensor&, const MixedTargets&);
constexpr Operation kOperations[] = {mixed_cross_entropy, mixed_cross_entropy_composed};

TEST(MixedCrossEntropy, ValueAndGradientAreThoseOfTheMatrix) {
  const Case given;
  const Tensor weights = waves({kSamples}, 1.0, 3);
  const Tensor plain = given.logits.clone().requires_grad_();
  const Tensor expected = -(given.matrix() * at::log_softmax(plain, 1)).sum(1);
  (expected * weights).sum().backward();
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const Operation operation : kOperations) {
      Case typed;
      typed.targets.hard = given.targets.hard.to(type);
      typed.targets.soft = given.targets.soft.to(type);
      const Tensor logits = given.logits.to(type).clone().requires_grad_();
      const Tensor got = operation(logits, given.labels, typed.targets);
      (got * weights.to(type)).sum().backward();
      EXPECT_TRUE(near(got / expected, at::ones({kSamples}), type == at::kFloat ? 1e-6 : 1e-14));
      EXPECT_TRUE(near(logits.grad(), plain.grad(), type == at::kFloat ? 2e-6 : 1e-14));
    }
  }
}

Tensor strided(const Tensor& tensor) { return at::stack({tensor, tensor + 1}, -1).select(-1, 0); }

TEST(MixedCrossEntropy, TensorsNeedNotBeContiguous) {
  const Case given;
  const Tensor plain = given.logits.clone().requires_grad_(), turned = given.logits.t().contiguous().requires_grad_();
  mixed_cross_entropy(plain, given.labels, given.targets).sum().backward();
  const MixedTargets targets{strided(given.targets.hard), strided(given.targets.rows), strided(given.targets.index),
                             strided(given.targets.soft)};
  mixed_cross_entropy(turned.t(), strided(given.labels), targets).sum().backward();
  EXPECT_TRUE(at::equal(turned.grad().t(), plain.grad()));
}

TEST(MixedCrossEntropy, LogitsThatAreNoNumbersGiveNone) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const std::int64_t row : {2, 3}) {  // one with a soft target, one without
      Case given;
      given.logits[row][5] = std::numeric_limits<double>::quiet_NaN();
      const Tensor logits = given.logits.to(type).requires_grad_();
      const Tensor values = mixed_cross_entropy(logits, given.labels, given.targets);
      values.sum().backward();
      EXPECT_TRUE(at::equal(values.isnan().nonzero().view(-1), at::tensor({row}, at::kLong)));
      EXPECT_TRUE(logits.grad()[row].isnan().all().item<bool>());
    }
  }
}

// As of a class that is masked out.
TEST(MixedCrossEntropy, AnInfinitelySmallLogitHasNoProbability) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const Operation operation : kOperations) {
      Case given;
      given.targets.hard = given.targets.hard.to(type);
      given.targets.soft = given.targets.soft.to(type);
      given.logits.select(1, 5).fill_(-std::numeric_limits<double>::infinity());
      given.targets.index = at::empty({0}, at::kLong);
      given.targets.rows = at::empty({0}, at::kLong);
      const Tensor logits = given.logits.to(type).requires_grad_();
      const Tensor values = operation(logits, given.labels, given.targets);
      values.sum().backward();
      EXPECT_TRUE(values.isfinite().all().item<bool>());
      EXPECT_EQ(logits.grad().select(1, 5).abs().max().item<double>(), 0);
    }
  }
}

TEST(MixedCrossEntropy, NoSamplesAndOneClass) {
  const MixedTargets none{at::empty({0}), Tensor(), at::empty({0}, at::kLong), at::ones({2, 5})};
  const Tensor empty = at::zeros({0, 5}).requires_grad_();
  mixed_cross_entropy(empty, at::empty({0}, at::kLong), none).sum().backward();
  EXPECT_EQ(empty.grad().sizes(), at::IntArrayRef({0, 5}));
  const MixedTargets one{at::ones({2}), Tensor(), at::zeros({2}, at::kLong), at::ones({1, 1})};
  const Tensor values = mixed_cross_entropy(at::tensor({3.0F, -4.0F}).view({2, 1}), at::zeros({2}, at::kLong), one);
  EXPECT_TRUE(at::equal(values, at::zeros({2})));
}

TEST(MixedCrossEntropy, OtherTypesAreComposed) {
  Case given;
  given.targets.hard = given.targets.hard.to(at::kBFloat16);
  given.targets.soft = given.targets.soft.to(at::kBFloat16);
  const Tensor values = mixed_cross_entropy(given.logits.to(at::kBFloat16), given.labels, given.targets);
  EXPECT_EQ(values.scalar_type(), at::kBFloat16);
  const Tensor expected = -(given.matrix() * at::log_softmax(given.logits, 1)).sum(1);
  EXPECT_TRUE(near(values / expected, at::ones({kSamples}), 0.03));
}

TEST(MixedCrossEntropy, IndicesOutOfBoundsAreRefused) {
  Case label, negative, sample, soft, other;
  label.labels[4] = kWidth;
  EXPECT_THROW(mixed_cross_entropy(label.logits, label.labels, label.targets), c10::Error);
  negative.labels[4] = -1;
  EXPECT_THROW(mixed_cross_entropy(negative.logits, negative.labels, negative.targets), c10::Error);
  sample.targets.rows[1] = kSamples;
  EXPECT_THROW(mixed_cross_entropy(sample.logits, sample.labels, sample.targets), c10::Error);
  soft.targets.index[1] = 2;
  EXPECT_THROW(mixed_cross_entropy(soft.logits, soft.labels, soft.targets), c10::Error);
  other.targets.soft = at::ones({2, kWidth + 1});
  EXPECT_THROW(mixed_cross_entropy(other.logits, other.labels, other.targets), c10::Error);
}

TEST(MixedCrossEntropy, ASecondDerivativeIsRefused) {
  const Case given;
  const Tensor logits = given.logits.clone().requires_grad_();
  const Tensor sum = mixed_cross_entropy(logits, given.labels, given.targets).sum();
  EXPECT_THROW(sum.backward({}, /*retain_graph=*/true, /*create_graph=*/true), c10::Error);
}

}  // namespace
}  // namespace longtail

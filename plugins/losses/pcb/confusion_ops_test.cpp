// The loops for the CPU beside the compositions for other devices, which pcb_test.cpp's oracle knows nothing of.
#include "confusion_ops.h"

#include <vector>

#include <c10/util/Exception.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

class ConfusionOps : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  /// [C, C], none negative, with nothing in `empty_column`.
  Tensor matrix(std::int64_t size, std::int64_t empty_column = -1) const {
    Tensor values = waves({size, size}, 1.0).abs();
    if (empty_column >= 0) values.select(1, empty_column).zero_();
    return values.to(GetParam());
  }

  double tolerance() const { return GetParam() == at::kFloat ? 1e-6 : 1e-14; }
};

TEST_P(ConfusionOps, RowsMoveAsComposed) {
  const Tensor classes = at::tensor({1, 4, 66}, at::kLong), index = at::tensor({2, 0, 1, 0, 0}, at::kLong);
  const Tensor distribution = waves({5, 67}, 2.0, 1).to(GetParam()).softmax(1);
  for (const bool normalize : {true, false}) {
    const Tensor by_loops = matrix(67), expected = matrix(67);
    move_rows(by_loops, classes, distribution, index, 0.9, normalize);
    composed::move_rows(expected, classes, distribution, index, 0.9, normalize);
    EXPECT_TRUE(near(by_loops, expected, tolerance())) << normalize;
    EXPECT_TRUE(at::equal(by_loops[0], matrix(67)[0]));
  }
}

TEST_P(ConfusionOps, SoftLabelsAreAsComposed) {
  for (const std::int64_t size : {1, 3, 32, 67}) {
    const Tensor classes = size < 5 ? at::zeros({1}, at::kLong) : at::tensor(std::vector<std::int64_t>{0, 4, size - 1});
    for (const bool normalize : {true, false}) {
      SoftLabelOptions options;
      options.width = size + 1;
      options.normalize = normalize;
      options.share = 0.3;
      const Tensor values = matrix(size, /*empty_column=*/size > 4 ? 4 : -1);
      const SoftLabels got = soft_labels(values, classes, classes.size(0) + 1, options);
      const SoftLabels expected = composed::soft_labels(values, classes, classes.size(0) + 1, options);
      EXPECT_TRUE(near(got.labels, expected.labels, tolerance())) << size;
      EXPECT_TRUE(near(got.entropy / size, expected.entropy / size, tolerance())) << size;
    }
  }
}

TEST_P(ConfusionOps, AColumnThatIsNearlyEmptyIsStillDividedByItsSum) {
  const Tensor values = at::zeros({3, 3}, GetParam());
  values[0][0] = 1e-39;
  SoftLabelOptions options;
  options.width = 3;
  const SoftLabels made = soft_labels(values, at::tensor({0}, at::kLong), 1, options);
  EXPECT_TRUE(near(made.labels, at::tensor({1.0, 0.0, 0.0}).view({1, 3}), 1e-6));
  EXPECT_NEAR(made.entropy.item<double>(), 0, 1e-6);
}

TEST_P(ConfusionOps, TensorsNeedNotBeContiguous) {
  const Tensor turned = matrix(40).t(), classes = at::tensor({3, 9}, at::kLong), index = at::tensor({1, 0}, at::kLong);
  SoftLabelOptions options;
  options.width = 40;
  EXPECT_TRUE(near(soft_labels(turned, classes, 2, options).labels,
                   soft_labels(turned.contiguous(), classes, 2, options).labels, tolerance()));
  const Tensor plain = matrix(40), distribution = waves({40, 2}, 1.0).abs().to(GetParam()).t(), other = plain.clone();
  move_rows(plain, classes, distribution, index, 0.9, true);
  move_rows(other, classes, distribution.contiguous(), index, 0.9, true);
  EXPECT_TRUE(at::equal(plain, other));
}

TEST_P(ConfusionOps, LabelsThatAreNoClassesAreRefused) {
  const Tensor values = matrix(4), before = values.clone(), rows = matrix(4).slice(0, 0, 2);
  SoftLabelOptions options;
  options.width = 4;
  for (const std::vector<std::int64_t>& bad : {std::vector<std::int64_t>{-1, 0}, std::vector<std::int64_t>{0, 4}}) {
    EXPECT_THROW(move_rows(values, at::tensor(bad), rows, at::tensor({0, 1}, at::kLong), 0.9, true), c10::Error);
    EXPECT_THROW(soft_labels(values, at::tensor(bad), 2, options), c10::Error);
  }
  const Tensor classes = at::tensor({0, 1}, at::kLong);
  EXPECT_THROW(move_rows(values, classes, rows, at::tensor({0, 2}, at::kLong), 0.9, true), c10::Error);
  EXPECT_TRUE(at::equal(values, before));
}

TEST_P(ConfusionOps, AnEmptyColumnIsOneHotWithoutEntropy) {
  SoftLabelOptions options;
  options.width = 4;
  const SoftLabels made = soft_labels(matrix(3, 1), at::tensor({1}, at::kLong), 1, options);
  EXPECT_TRUE(at::equal(made.labels, at::tensor({0, 1, 0, 0}, at::kLong).view({1, 4}).to(GetParam())));
  EXPECT_EQ(made.entropy.item<double>(), 0);
}

TEST_P(ConfusionOps, WithoutEntropyTheLabelsAreTheSame) {
  SoftLabelOptions options;
  options.width = 40;
  const Tensor classes = at::tensor({3, 9}, at::kLong);
  const SoftLabels with = soft_labels(matrix(40), classes, 2, options);
  options.with_entropy = false;
  const SoftLabels without = soft_labels(matrix(40), classes, 2, options);
  EXPECT_TRUE(at::equal(with.labels, without.labels));
  EXPECT_GT(with.entropy.min().item<double>(), 1);
  EXPECT_EQ(without.entropy.abs().max().item<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(Types, ConfusionOps, ::testing::Values(at::kFloat, at::kDouble));

}  // namespace
}  // namespace longtail

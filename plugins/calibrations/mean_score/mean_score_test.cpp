#include <longtail/calibration.h>
#include <longtail/error.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;

Tensor apply(const std::string& text, const Tensor& scores, bool background) {
  static const Catalog catalog = testing::catalog_of({"mean_score"});
  CalibrationContext context;
  context.catalog = &catalog;
  context.num_classes = 2;
  context.has_background = background;
  context.confusion_matrix = at::tensor({0.8, 0.2, 0.6, 0.2}, at::kDouble).view({2, 2});
  return testing::make<Calibration>(catalog, text, context)->apply(scores);
}

TEST(MeanScore, Diagonal) {
  // 0.3 / 0.8 = 0.375 and 0.1 / 0.2 = 0.5, scaled to the mass 0.4; the background stays.
  const Tensor scores = at::tensor({0.3, 0.1, 0.6}, at::kDouble).view({1, 3});
  const Tensor expected = at::tensor({0.4 * 0.375 / 0.875, 0.4 * 0.5 / 0.875, 0.6}, at::kDouble);
  EXPECT_TRUE(near(apply("mean_score", scores, true), expected, 1e-12));
}

TEST(MeanScore, ColumnSumOfClassification) {
  // 0.6 / 1.4 and 0.4 / 0.4.
  const double a = 0.6 / 1.4, b = 1.0;
  const Tensor scores = at::tensor({0.6, 0.4}, at::kDouble).view({1, 2});
  const Tensor expected = at::tensor({a / (a + b), b / (a + b)}, at::kDouble);
  EXPECT_TRUE(near(apply("{type: mean_score, score: column_sum}", scores, false), expected, 1e-12));
}

TEST(MeanScore, SuppressesClassesThatAreNeverPredicted) {
  const Tensor scores = at::tensor({0.6, 0.4}, at::kDouble).view({1, 2});
  const std::string text = "{type: mean_score, score: column_sum, suppress_below: 0.5}";
  EXPECT_TRUE(near(apply(text, scores, false), at::tensor({1.0, 0.0}), 1e-12));
}

// Table 1's "mod 2": 0.6 / 0.8 remains, and the class whose own mean is 0.2 is not predicted.
TEST(MeanScore, SuppressesByTheDiagonalToo) {
  const Tensor scores = at::tensor({0.5, 0.2, 0.3}, at::kDouble).view({1, 3});
  EXPECT_TRUE(near(apply("{type: mean_score, suppress_below: 0.2}", scores, true), at::tensor({0.7, 0.0, 0.3}), 1e-7));
}

TEST(MeanScore, AllClassesSuppressedIsNoPrediction) {
  const Tensor scores = at::tensor({0.5, 0.2, 0.3}, at::kDouble).view({1, 3});
  EXPECT_TRUE(near(apply("{type: mean_score, suppress_below: 0.9}", scores, true), at::tensor({0.0, 0.0, 0.3}), 1e-7));
}

/// The class 1 of three was never trained on: its row and, where nothing was taken for it, its column are zero.
Tensor with_unknown_class(const std::string& text, double taken_for_it, std::vector<std::int64_t> counts,
                          std::vector<std::string>* said = nullptr) {
  static const Catalog catalog = testing::catalog_of({"mean_score"});
  CalibrationContext context;
  context.num_classes = 3;
  context.has_background = true;
  context.instance_counts = std::move(counts);
  const double u = taken_for_it;
  context.confusion_matrix = at::tensor({0.8 - u, u, 0.2, 0.0, 0.0, 0.0, 0.6, 0.0, 0.4}, at::kDouble).view({3, 3});
  if (said != nullptr) context.warn = [said](const std::string& line) { said->push_back(line); };
  const Tensor scores = at::tensor({0.3, 0.1, 0.2, 0.4}, at::kDouble).view({1, 4});
  return testing::make<Calibration>(catalog, text, context)->apply(scores);
}

/// The scores 0.3, 0.1, 0.2 by these factors, scaled to their mass, beside the background's 0.4.
Tensor by_factors(double a, double b, double c) {
  const Tensor raised = at::tensor({0.3 * a, 0.1 * b, 0.2 * c}, at::kDouble);
  return at::cat({raised * 0.6 / raised.sum(), at::tensor({0.4}, at::kDouble)});
}

TEST(MeanScore, AClassWithTheMeanScoreZeroIsLeftAlone) {
  EXPECT_TRUE(near(with_unknown_class("mean_score", 0, {}), by_factors(1 / 0.8, 1, 1 / 0.4), 1e-12));
  const Tensor by_columns = with_unknown_class("{type: mean_score, score: column_sum}", 0, {});
  EXPECT_TRUE(near(by_columns, by_factors(1 / 1.4, 1, 1 / 0.6), 1e-12));
}

// What is taken for it by mistake gives its column a small sum, which would raise it above all others.
TEST(MeanScore, AClassWithoutTrainingInstancesIsLeftAloneByItsColumnToo) {
  const Tensor scores = with_unknown_class("{type: mean_score, score: column_sum}", 1e-6, {5, 0, 5});
  EXPECT_TRUE(near(scores, by_factors(1 / (1.4 - 1e-6), 1, 1 / 0.6), 1e-12));
}

// A configuration that does not tell the counts: the row, of the samples of that class, says the same.
TEST(MeanScore, AZeroRowSaysItWithoutCounts) {
  std::vector<std::string> said;
  const Tensor scores = with_unknown_class("{type: mean_score, score: column_sum}", 1e-6, {}, &said);
  EXPECT_TRUE(near(scores, by_factors(1 / (1.4 - 1e-6), 1, 1 / 0.6), 1e-12));
  EXPECT_EQ(said.size(), 1U);
}

TEST(MeanScore, SuppressionComesBeforeLeavingAlone) {
  for (const std::string score : {"diagonal", "column_sum"}) {
    std::vector<std::string> said;
    const Tensor scores =
        with_unknown_class("{type: mean_score, suppress_below: 0.1, score: " + score + "}", 0, {}, &said);
    EXPECT_EQ(scores[0][1].item<double>(), 0) << score;
    EXPECT_TRUE(said.empty());
  }
}

TEST(MeanScore, SaysWhichClassesAreLeftAlone) {
  std::vector<std::string> said;
  with_unknown_class("mean_score", 0, {}, &said);
  EXPECT_EQ(said, std::vector<std::string>{"calibration 'mean_score': 1 of 3 classes has no training instances or the "
                                           "mean score 0 (1); its scores are not divided"});
}

TEST(MeanScore, ScoresAndMatricesOfOtherClassesAreRefused) {
  const Catalog catalog = testing::catalog_of({"mean_score"});
  CalibrationContext context;
  context.num_classes = 3;
  context.confusion_matrix = at::ones({2, 2});
  EXPECT_THROW(testing::make<Calibration>(catalog, "mean_score", context), PluginError);
  context.confusion_matrix = at::ones({3, 3});
  const auto calibration = testing::make<Calibration>(catalog, "mean_score", context);
  EXPECT_THROW(calibration->apply(at::ones({1, 2})), PluginError);
  EXPECT_THROW(calibration->apply(Tensor()), PluginError);
}

// Made before the training too, to find mistakes early; but nothing can be calibrated with it.
TEST(MeanScore, AnEmptyMatrixCalibratesNothing) {
  const Catalog catalog = testing::catalog_of({"mean_score"});
  CalibrationContext context;
  context.num_classes = 2;
  context.confusion_matrix = at::zeros({2, 2});
  const auto calibration = testing::make<Calibration>(catalog, "mean_score", context);
  EXPECT_THROW(calibration->apply(at::full({1, 2}, 0.5)), ConfigError);
}

TEST(MeanScore, NeedsAConfusionMatrix) {
  const Catalog catalog = testing::catalog_of({"mean_score"});
  CalibrationContext context;
  context.num_classes = 2;
  EXPECT_THROW(testing::make<Calibration>(catalog, "mean_score", context), ConfigError);
}

}  // namespace
}  // namespace longtail

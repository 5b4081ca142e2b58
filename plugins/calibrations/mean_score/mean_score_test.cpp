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

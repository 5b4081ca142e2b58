#include <longtail/calibration.h>
#include <longtail/error.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;

Tensor apply(const std::string& text, const Tensor& scores) {
  static const Catalog catalog = testing::catalog_of({"label_distribution"});
  CalibrationContext context;
  context.catalog = &catalog;
  context.num_classes = 2;
  context.has_background = scores.size(1) == 3;
  context.image_counts = {100, 4};
  context.instance_counts = {900, 9};
  return testing::make<Calibration>(catalog, text, context)->apply(scores);
}

TEST(LabelDistribution, DividesByPowersOfTheImageCounts) {
  // 0.5 / 10 = 0.05 and 0.1 / 2 = 0.05 beside the background's 0.4: 0.5 in all.
  const Tensor scores = at::tensor({0.5, 0.1, 0.4}, at::kDouble).view({1, 3});
  EXPECT_TRUE(
      near(apply("{type: label_distribution, gamma: 0.5}", scores), at::tensor({0.1, 0.1, 0.8}, at::kDouble), 1e-12));
}

TEST(LabelDistribution, OrByInstanceCounts) {
  // 0.6 / 30 = 0.02 and 0.4 / 3.
  const Tensor scores = at::tensor({0.6, 0.4}, at::kDouble).view({1, 2});
  const double a = 0.02, b = 0.4 / 3;
  const Tensor expected = at::tensor({a / (a + b), b / (a + b)}, at::kDouble);
  EXPECT_TRUE(near(apply("{type: label_distribution, gamma: 0.5, counts: instances}", scores), expected, 1e-12));
}

TEST(LabelDistribution, IsAShiftOfTheLogits) {
  const Tensor logits = at::tensor({1.5, -0.25, 0.75}, at::kDouble).view({1, 3});
  const Tensor shift = at::tensor({std::log(100.0), std::log(4.0), 0.0}, at::kDouble) * 0.6;
  EXPECT_TRUE(near(apply("label_distribution", logits.softmax(1)), (logits - shift).softmax(1), 1e-12));
}

TEST(LabelDistribution, GammaZeroChangesNothing) {
  const Tensor scores = at::tensor({0.2, 0.3, 0.5}, at::kDouble).view({1, 3});
  EXPECT_TRUE(near(apply("{type: label_distribution, gamma: 0}", scores), scores, 1e-15));
}

// As one that is on one image: 0.5 / 2 and 0.5 / 1.
TEST(LabelDistribution, SaysWhichClassesHaveNoTrainingImages) {
  const Catalog catalog = testing::catalog_of({"label_distribution"});
  std::vector<std::string> said;
  CalibrationContext context;
  context.num_classes = 2;
  context.image_counts = {4, 0};
  context.warn = [&](const std::string& line) { said.push_back(line); };
  const auto calibration = testing::make<Calibration>(catalog, "{type: label_distribution, gamma: 0.5}", context);
  EXPECT_TRUE(near(calibration->apply(at::full({1, 2}, 0.5)), at::tensor({1.0 / 3, 2.0 / 3}), 1e-6));
  EXPECT_EQ(said,
            std::vector<std::string>{"calibration 'label_distribution': 1 of 2 classes have no training images (1); "
                                     "each is taken as having one"});
}

TEST(LabelDistribution, CountsAndScoresOfOtherClassesAreRefused) {
  const Catalog catalog = testing::catalog_of({"label_distribution"});
  CalibrationContext context;
  context.num_classes = 3;
  context.image_counts = {4, 1};
  EXPECT_THROW(testing::make<Calibration>(catalog, "label_distribution", context), PluginError);
  context.image_counts = {4, 1, 1};
  EXPECT_THROW(testing::make<Calibration>(catalog, "label_distribution", context)->apply(at::ones({1, 2})),
               PluginError);
}

TEST(LabelDistribution, NeedsCounts) {
  const Catalog catalog = testing::catalog_of({"label_distribution"});
  CalibrationContext context;
  context.num_classes = 2;
  EXPECT_THROW(testing::make<Calibration>(catalog, "label_distribution", context), ConfigError);
}

}  // namespace
}  // namespace longtail

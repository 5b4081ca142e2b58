#include "core/models/mask_rcnn/assigner.h"

#include <algorithm>

#include "core/ops/boxes.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

/// Unit-high boxes [x1, x2].
Tensor intervals(const std::vector<std::pair<double, double>>& sides) {
  std::vector<double> values;
  for (const auto& [x1, x2] : sides) values.insert(values.end(), {x1, 0, x2, 1});
  return at::tensor(values, at::kFloat).view({-1, 4});
}

std::vector<std::int64_t> assign(const AssignerConfig& config, const Tensor& boxes, const Tensor& truth) {
  const Tensor matched = assign_by_iou(config, boxes, truth);
  return {matched.data_ptr<std::int64_t>(), matched.data_ptr<std::int64_t>() + matched.numel()};
}

using Matches = std::vector<std::int64_t>;

AssignerConfig config(double positive, double negative, const std::string& low_quality, double low_quality_iou = 0) {
  AssignerConfig config;
  config.positive_iou = positive;
  config.negative_iou = negative;
  config.low_quality = low_quality;
  config.low_quality_iou = low_quality_iou;
  return config;
}

TEST(Assigner, PositiveIgnoredNegative) {
  // IoUs with [0, 10]: 1, 0.8, 0.5, 0.2, 0.
  const Tensor boxes = intervals({{0, 10}, {0, 8}, {0, 5}, {0, 2}, {20, 30}});
  const Tensor truth = intervals({{0, 10}});
  EXPECT_EQ(assign(config(0.7, 0.3, "none"), boxes, truth), (Matches{0, 0, kIgnored, kBackground, kBackground}));
  // Thresholds belong to the positives, and not to the negatives.
  EXPECT_EQ(assign(config(0.8, 0.5, "none"), boxes, truth), (Matches{0, 0, kIgnored, kBackground, kBackground}));
  EXPECT_EQ(assign(config(0.5, 0.5, "none"), boxes, truth), (Matches{0, 0, 0, kBackground, kBackground}));
}

TEST(Assigner, FirstGroundTruthWinsTies) {
  EXPECT_EQ(assign(config(0.5, 0.5, "none"), intervals({{0, 10}}), intervals({{0, 8}, {0, 8}, {0, 9}, {0, 9}})),
            (Matches{2}));
}

TEST(Assigner, LowQualityMatches) {
  // Ground truth 1, [10, 30], has its best box at IoU 8 / 20 = 0.4, twice; both boxes are nearer to ground truth 0, [0,
  // 10] and [30, 40], than that.
  const Tensor truth = intervals({{8, 18}, {10, 30}});
  const Tensor boxes = intervals({{8, 18}, {22, 30}, {40, 50}});
  // IoUs of truth 0: 1, 0, 0; of truth 1: 8 / 22, 0.4, 0.
  EXPECT_EQ(assign(config(0.7, 0.3, "none"), boxes, truth), (Matches{0, kIgnored, kBackground}));
  EXPECT_EQ(assign(config(0.7, 0.3, "overwrite"), boxes, truth), (Matches{0, 1, kBackground}));
  EXPECT_EQ(assign(config(0.7, 0.3, "overwrite", 0.41), boxes, truth), (Matches{0, kIgnored, kBackground}));
}

TEST(Assigner, LowQualityOverwritesOrKeeps) {
  // The only box is the best of both; its own best is truth 0 (IoU 0.8), and truth 1 (0.5) comes later.
  const Tensor truth = intervals({{0, 8}, {0, 5}, {20, 30}});
  const Tensor boxes = intervals({{0, 10}});
  EXPECT_EQ(assign(config(0.7, 0.3, "overwrite"), boxes, truth), (Matches{1}));
  EXPECT_EQ(assign(config(0.7, 0.3, "keep"), boxes, truth), (Matches{0}));
  EXPECT_EQ(assign(config(0.9, 0.3, "keep"), boxes, truth), (Matches{0}));
  EXPECT_EQ(assign(config(0.9, 0.3, "keep", 0.9), boxes, truth), (Matches{kIgnored}));
}

TEST(Assigner, AllBoxesThatAreEquallyGoodMatch) {
  const Tensor truth = intervals({{0, 10}});
  const Tensor boxes = intervals({{0, 4}, {6, 10}, {0, 3}});
  for (const char* mode : {"overwrite", "keep"}) {
    EXPECT_EQ(assign(config(0.7, 0.35, mode), boxes, truth), (Matches{0, 0, kBackground})) << mode;
  }
}

TEST(Assigner, AGroundTruthThatMeetsNothingMatchesNothing) {
  const Tensor truth = intervals({{100, 110}, {5, 5}});
  for (const char* mode : {"overwrite", "keep", "none"}) {
    EXPECT_EQ(assign(config(0.7, 0.3, mode), intervals({{0, 10}, {5, 5}}), truth), (Matches{kBackground, kBackground}));
  }
}

TEST(Assigner, NothingToAssign) {
  EXPECT_EQ(assign(config(0.7, 0.3, "overwrite"), intervals({{0, 1}}), at::zeros({0, 4})), (Matches{kBackground}));
  EXPECT_EQ(assign(config(0.7, 0.3, "overwrite"), at::zeros({0, 4}), intervals({{0, 1}})), (Matches{}));
}

/// The rules as a loop over all pairs.
Matches assign_slowly(const AssignerConfig& config, const Tensor& boxes, const Tensor& truth) {
  const Tensor ious = box_iou(truth, boxes);
  const auto iou = ious.accessor<float, 2>();
  Matches matched(static_cast<std::size_t>(boxes.size(0)));
  for (std::int64_t n = 0; n < boxes.size(0); ++n) {
    std::int64_t best = 0;
    for (std::int64_t g = 1; g < truth.size(0); ++g) best = iou[g][n] > iou[best][n] ? g : best;
    const double value = iou[best][n];
    matched[static_cast<std::size_t>(n)] = value >= static_cast<float>(config.positive_iou)  ? best
                                           : value < static_cast<float>(config.negative_iou) ? kBackground
                                                                                             : kIgnored;
  }
  for (std::int64_t g = 0; g < truth.size(0); ++g) {
    float best = 0;
    for (std::int64_t n = 0; n < boxes.size(0); ++n) best = std::max(best, iou[g][n]);
    for (std::int64_t n = 0; n < boxes.size(0) && best > 0; ++n) {
      if (iou[g][n] == best && best >= static_cast<float>(config.low_quality_iou))
        matched[static_cast<std::size_t>(n)] = g;
    }
  }
  return matched;
}

TEST(Assigner, InBlocksAsAtOnce) {
  at::manual_seed(3);
  // 900 * 12,000 IoUs are more than are held at once.
  const Tensor corners = at::rand({12000, 2}) * 500, truth_corners = at::rand({900, 2}) * 500;
  const Tensor boxes = at::cat({corners, corners + 5 + at::rand({12000, 2}) * 60}, 1);
  const Tensor truth = at::cat({truth_corners, truth_corners + 5 + at::rand({900, 2}) * 60}, 1);
  const AssignerConfig rpn = config(0.7, 0.3, "overwrite", 0.3);
  EXPECT_EQ(assign(rpn, boxes, truth), assign_slowly(rpn, boxes, truth));
}

}  // namespace
}  // namespace longtail

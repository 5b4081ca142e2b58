#include "core/models/mask_rcnn/select_detections.h"

#include "core/ops/nms.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;

RoiPredictions predictions(const std::vector<double>& boxes, const std::vector<double>& scores, std::int64_t classes) {
  RoiPredictions made;
  made.proposals = at::tensor(boxes, at::kFloat).view({-1, 4});
  made.scores = at::tensor(scores, at::kFloat).view({-1, classes});
  made.deltas = at::zeros({made.proposals.size(0), 4 * classes});
  return made;
}

TEST(SelectDetections, ThresholdSuppressionAndOrder) {
  DetectionConfig config;
  config.score_threshold = 0.1;
  // The first two boxes overlap by 0.8: within class 0 the worse goes, in class 1 only one is above the threshold.
  const RoiPredictions given =
      predictions({0, 0, 10, 10, 0, 0, 10, 8, 50, 50, 60, 60}, {0.6, 0.3, 0.7, 0.1, 0.2, 0.05}, 2);
  const SelectedDetections found = select_detections(config, BoxCoder(), given, 100, 100);
  EXPECT_TRUE(near(found.scores, at::tensor({0.7, 0.3, 0.2}), 1e-6));
  EXPECT_TRUE(at::equal(found.labels, at::tensor({0, 1, 0}, at::kLong)));
  EXPECT_TRUE(near(found.boxes, at::tensor({0, 0, 10, 8, 0, 0, 10, 10, 50, 50, 60, 60}, at::kFloat), 1e-5));
  config.max_detections = 2;
  EXPECT_EQ(select_detections(config, BoxCoder(), given, 100, 100).scores.size(0), 2);
}

TEST(SelectDetections, BoxesOfTheirClassClippedToTheImage) {
  DetectionConfig config;
  RoiPredictions given = predictions({0, 0, 10, 10}, {0.6, 0.5}, 2);
  given.deltas[0][4] = 1;  // class 1, dx: one width
  given.deltas[0][7] = 2;  // dh
  BoxCoder coder;
  coder.stds = {0.5, 1, 1, 0.5};
  const SelectedDetections found = select_detections(config, coder, given, 12, 14);
  EXPECT_TRUE(near(found.boxes[0], at::tensor({0.0, 0.0, 10.0, 10.0}), 1e-5));
  EXPECT_TRUE(near(found.boxes[1], at::tensor({5.0, 0.0, 14.0, 12.0}), 1e-5));
  given.deltas = given.deltas.slice(1, 4);  // one box for all classes
  EXPECT_TRUE(near(select_detections(config, coder, given, 12, 14).boxes[0], at::tensor({5.0, 0.0, 14.0, 12.0}), 1e-5));
}

TEST(SelectDetections, SmallBoxesAndNothingAtAll) {
  DetectionConfig config;
  config.min_size = 5;
  EXPECT_EQ(select_detections(config, BoxCoder(), predictions({0, 0, 10, 4}, {0.6}, 1), 20, 20).scores.size(0), 0);
  EXPECT_EQ(select_detections(config, BoxCoder(), predictions({}, {}, 3), 20, 20).boxes.sizes(),
            at::IntArrayRef({0, 4}));
  config.score_threshold = 0.9;
  EXPECT_EQ(select_detections(config, BoxCoder(), predictions({0, 0, 9, 9}, {0.6}, 1), 20, 20).boxes.size(0), 0);
}

TEST(SelectDetections, OfEqualScoresTheFirstWin) {
  // More equal scores than are looked at first.
  const std::int64_t count = 6000;
  const Tensor corners = at::arange(count, at::kFloat).view({count, 1}) * 20;
  RoiPredictions given;
  given.proposals = at::cat({corners, corners, corners + 10, corners + 10}, 1);
  given.scores = at::ones({count, 1});
  given.deltas = at::zeros({count, 4});
  DetectionConfig config;
  config.max_detections = 5;
  const SelectedDetections found = select_detections(config, BoxCoder(), given, 1e6, 1e6);
  EXPECT_TRUE(near(found.boxes.select(1, 0), at::arange(5, at::kFloat) * 20, 0));
}

TEST(SelectDetections, TheBestFirstGiveWhatAllWould) {
  at::manual_seed(0);
  // Boxes in a few heaps, so that suppression drops nearly everything and many rounds are needed.
  const Tensor corners = at::randint(0, 3, {600, 2}).to(at::kFloat) * 50 + at::rand({600, 2});
  RoiPredictions given;
  given.proposals = at::cat({corners, corners + 30}, 1);
  given.scores = (at::rand({600, 20}) * 50).round() / 50;  // many ties
  given.deltas = at::randn({600, 80}) * 0.02;
  DetectionConfig config;
  config.max_detections = 150;
  const SelectedDetections found = select_detections(config, BoxCoder(), given, 500, 500);

  const Tensor all = given.scores.view(-1).gt(config.score_threshold).nonzero().view(-1);
  const Tensor boxes =
      clip_boxes(BoxCoder().decode(given.proposals.repeat_interleave(20, 0), given.deltas.view({-1, 4})), 500, 500)
          .index_select(0, all);
  const Tensor scores = given.scores.view(-1).index_select(0, all), labels = all.remainder(20);
  const Tensor kept = batched_nms(boxes, scores, labels, config.nms_iou, config.max_detections);
  EXPECT_TRUE(near(found.boxes, boxes.index_select(0, kept), 0));
  EXPECT_TRUE(near(found.scores, scores.index_select(0, kept), 0));
  EXPECT_TRUE(at::equal(found.labels, labels.index_select(0, kept)));
}

}  // namespace
}  // namespace longtail

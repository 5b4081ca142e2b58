#include "core/models/mask_rcnn_config.h"

#include <gmock/gmock.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

MaskRcnnConfig read(const std::string& text, Diagnostics& diagnostics) {
  MaskRcnnConfig config;
  read_params(testing::yaml(text), config, "model", nullptr, diagnostics);
  return config;
}

std::string complaint_about(const std::string& text) {
  Diagnostics diagnostics;
  read(text, diagnostics);
  return diagnostics.text();
}

TEST(MaskRcnnConfig, DefaultsAreTheRecipes) {
  const MaskRcnnConfig config;
  EXPECT_EQ(config.rpn.samples, 256);
  EXPECT_EQ(config.rpn.assigner.positive_iou, 0.7);
  EXPECT_EQ(config.rpn.assigner.negative_iou, 0.3);
  EXPECT_EQ(config.rpn.assigner.low_quality_iou, 0.3);
  EXPECT_EQ(config.rpn.train.per_level, 2000);
  EXPECT_EQ(config.rpn.train.per_image, 1000);
  EXPECT_EQ(config.rpn.test.per_image, 1000);
  EXPECT_EQ(config.roi.samples, 512);
  EXPECT_EQ(config.roi.positive_fraction, 0.25);
  EXPECT_EQ(config.roi.assigner.positive_iou, 0.5);
  EXPECT_EQ(config.box_head.stds, (std::vector<double>{0.1, 0.1, 0.2, 0.2}));
  EXPECT_EQ(config.test.max_detections, 300);
  EXPECT_EQ(config.test.score_threshold, 0.0001);
}

TEST(MaskRcnnConfig, NestedValuesAreReadAndWrittenBack) {
  Diagnostics diagnostics;
  const MaskRcnnConfig config = read(R"(
rpn: {anchors: {scales: [4, 8]}, train: {per_image: 50}}
box_head: {predictor: cosine}
)",
                                     diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.text();
  EXPECT_EQ(config.rpn.anchors.scales, (std::vector<double>{4, 8}));
  EXPECT_EQ(config.rpn.train.per_image, 50);
  EXPECT_EQ(config.rpn.train.per_level, 2000);
  EXPECT_EQ(config.box_head.predictor, "cosine");
  MaskRcnnConfig again;
  read_params(dump_params(config), again, "model", nullptr, diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << diagnostics.text();
  EXPECT_EQ(again.rpn.anchors.scales, config.rpn.anchors.scales);
  EXPECT_EQ(again.box_head.predictor, "cosine");
}

TEST(MaskRcnnConfig, WhatCannotBeIsSaidWithItsPlace) {
  using ::testing::HasSubstr;
  EXPECT_THAT(complaint_about("rpn: {nms_iuo: 0.5}"),
              HasSubstr("test:1:7: error: unknown parameter 'rpn.nms_iuo' of model (did you mean 'nms_iou'?)"));
  EXPECT_THAT(complaint_about("rpn: {assigner: {positive_iou: 0.2}}"),
              HasSubstr("'negative_iou' must not be above 'positive_iou'"));
  EXPECT_THAT(complaint_about("rpn: {anchors: {scales: []}}"), HasSubstr("'scales' and 'ratios' need an entry each"));
  EXPECT_THAT(complaint_about("box_head: {stds: [1, 1]}"), HasSubstr("'stds' needs four entries"));
  EXPECT_THAT(complaint_about("test: {paste: corner}"), HasSubstr("must be one of: grid, corners"));
}

}  // namespace
}  // namespace longtail

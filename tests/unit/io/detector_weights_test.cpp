#include "core/io/detector_weights.h"

#include <cstdint>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include "core/io/detector_names.h"
#include "core/io/weights.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

TensorFile fixture(const std::string& style) {
  return read_weights(std::string(LONGTAIL_SOURCE_DIR) + "/tests/oracle/torch_files/mask_rcnn_" + style + ".pth");
}

/// The k-th tensor of the fixtures.
at::Tensor numbered(std::int64_t k, at::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return at::arange(100 * k, 100 * k + count, at::kFloat).view(shape);
}

TensorFile our_mask_rcnn() {
  return {{},
          {{"backbone.layer1.0.bn1.running_var", numbered(0, {2})},
           {"fpn.inner_blocks.1.weight", numbered(1, {2, 2, 1, 1})},
           {"fpn.layer_blocks.3.bias", numbered(2, {2})},
           {"rpn.head.conv.weight", numbered(3, {2, 2, 3, 3})},
           {"rpn.head.cls_logits.bias", numbered(4, {3})},
           {"roi_heads.box_head.fc7.weight", numbered(5, {3, 3})},
           {"roi_heads.box_predictor.cls_score.weight", numbered(6, {3, 3})},
           {"roi_heads.box_predictor.bbox_pred.weight", numbered(7, {8, 3})},
           {"roi_heads.mask_predictor.mask_fcn_logits.weight", numbered(8, {2, 2, 1, 1})},
           {"roi_heads.mask_head.mask_fcn3.bias", numbered(9, {2})},
           {"roi_heads.mask_predictor.conv5_mask.weight", numbered(10, {2, 2, 2, 2})}}};
}

void expect_tensor(const TensorFile& file, const std::string& name, const at::Tensor& expected) {
  const at::Tensor* found = file.find(name);
  ASSERT_NE(found, nullptr) << name;
  EXPECT_TRUE(found->equal(expected)) << name << *found;
}

TEST(DetectorWeights, EveryProgramsMaskRcnnBecomesOurs) {
  for (const std::string style : {"torchvision_old", "torchvision_new", "mmdetection"}) {
    const TranslatedWeights translated = translate_detector(fixture(style));
    for (const auto& [name, tensor] : our_mask_rcnn().tensors) expect_tensor(translated.weights, name, tensor);
    EXPECT_EQ(translated.sources.size(), translated.weights.tensors.size());
  }
}

TEST(DetectorWeights, WhatPcbAddedIsKept) {
  const TranslatedWeights translated = translate_detector(fixture("mmdetection"));
  expect_tensor(translated.weights, "paradigm.mlp_cls.fc1.weight", numbered(11, {5, 3}));
  expect_tensor(translated.weights, "paradigm.mlp_cls.norm_bias", numbered(12, {3}));
  expect_tensor(translated.weights, "paradigm.mlp_loc.fc2.bias", numbered(13, {4}));
  expect_tensor(translated.weights, "loss.confusion_matrix", numbered(14, {2, 2}));
  expect_tensor(translated.weights, "loss.seen", at::tensor({7.F, 0.F}));
  expect_tensor(translated.weights, "loss.base.counts", at::tensor({7.F, 0.F}));
  EXPECT_THAT(translated.unknown, ElementsAre("roi_head.bbox_head.loss_cls._epoch"));
}

TEST(DetectorWeights, PlainSeesawHasItsCountsItself) {
  TensorFile file{
      {},
      {{"roi_head.bbox_head.fc_cls.bias", at::zeros({4})}, {"roi_head.bbox_head.loss_cls.cum_samples", at::arange(3)}}};
  expect_tensor(translate_detector(file).weights, "loss.counts", at::arange(2));
}

TEST(DetectorWeights, OtherModelsStayAsTheyAre) {
  const TensorFile file{{{"a", "b"}}, {{"layer1.0.conv1.weight", at::ones({1})}, {"fc.weight", at::ones({2})}}};
  const TranslatedWeights translated = translate_detector(file);
  EXPECT_EQ(translated.weights.metadata, file.metadata);
  EXPECT_THAT(translated.sources, ElementsAre("layer1.0.conv1.weight", "fc.weight"));
  EXPECT_EQ(translated.weights.tensors[1].first, "fc.weight");
  EXPECT_FALSE(is_our_detector(translated.weights));
}

TEST(DetectorWeights, ExportIsTorchvisionsButForTheBackgroundsBoxesAndMasks) {
  TensorFile ours = our_mask_rcnn();
  ours.tensors.emplace_back("loss.confusion_matrix", at::ones({2, 2}));
  const TensorFile theirs = to_torchvision(ours), expected = fixture("torchvision_old");
  EXPECT_EQ(theirs.tensors.size(), expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors)
    expect_tensor(theirs, name, tensor.where(tensor >= 0, at::zeros({}).to(tensor)));
}

TEST(DetectorWeights, ExportAndImportAreInverse) {
  const TensorFile ours = our_mask_rcnn(), back = to_longtail(to_torchvision(ours));
  EXPECT_EQ(back.tensors.size(), ours.tensors.size());
  for (const auto& [name, tensor] : ours.tensors) expect_tensor(back, name, tensor);
}

TEST(DetectorWeights, WhatTorchvisionCannotHaveIsRefused) {
  const auto refusal = [](std::int64_t logits, std::int64_t deltas) {
    const TensorFile file{{},
                          {{"roi_heads.box_predictor.cls_score.weight", at::ones({logits, 3})},
                           {"roi_heads.box_predictor.bbox_pred.weight", at::ones({deltas, 3})}}};
    return message_of<DataError>([&] { to_torchvision(file); });
  };
  EXPECT_EQ(refusal(6, 16),
            "torchvision has no Mask R-CNN with 6 logits for 4 classes; keep it in longtail's own names");
  EXPECT_THAT(refusal(5, 4), HasSubstr("with boxes that all classes share;"));
}

TEST(DetectorNames, NumbersAreCheckedAndShifted) {
  const auto name = [](std::string_view foreign) { return name_from_detector(DetectorStyle::mmdetection, foreign); };
  EXPECT_EQ(name("roi_head.mask_head.convs.11.conv.weight"), "roi_heads.mask_head.mask_fcn12.weight");
  EXPECT_EQ(name("roi_head.mask_head.convs.x.conv.weight"), std::nullopt);
  EXPECT_EQ(name("roi_head.mask_head.convs.99999999999.conv.weight"), std::nullopt);
  EXPECT_EQ(name("roi_head.mask_head.convs.1"), std::nullopt);
  EXPECT_EQ(name_from_detector(DetectorStyle::none, "backbone.conv1.weight"), std::nullopt);
}

}  // namespace
}  // namespace longtail

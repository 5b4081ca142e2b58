#include "core/models/mask_rcnn/roi_heads.h"

#include <cmath>
#include <map>

#include "tests/unit/models/drawn_batch.h"
#include "tests/unit/models/small_mask_rcnn.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

/// Two classes, one level of stride 4, and one positive among the regions [0, 0, 16, 16] and [32, 32, 48, 48].
class RoiHeadsTest : public ::testing::Test {
 protected:
  RoiHeadsTest() {
    config.fpn.channels = 2;
    config.box_head.channels = 3;
    config.mask_head.channels = 2;
    config.mask_head.convs = 1;
    config.mask_head.size = 2;
    targets = {testing::targets_of({{1, 0, 0, 16, 12}}, 64)};
    targets[0].boxes = targets[0].boxes.to(at::kDouble);
    config.roi.add_ground_truth = false;
  }

  std::shared_ptr<RoiHeads> make(const std::string& paradigm) {
    const Catalog& catalog = testing::detection_catalog();
    LossContext loss;
    loss.catalog = &catalog;
    loss.num_classes = 2;
    loss.has_background = true;
    ParadigmContext head;
    head.num_logits = 3;
    head.num_deltas = RoiHeads::num_deltas(config.box_head, 2);
    head.channels = 2;
    head.size = 7;
    head.hidden_channels = 3;
    parts = {testing::make<Loss>(catalog, "softmax", loss), testing::make<Paradigm>(catalog, paradigm, head)};
    auto heads = std::make_shared<RoiHeads>(config, 2, std::vector<std::int64_t>{4}, parts);
    testing::to_double(*heads);
    testing::to_double(*parts.paradigm);
    const at::NoGradGuard no_grad;
    for (auto& parameter : heads->named_parameters()) parameter.value().zero_();
    parameter(*heads, "box_predictor.cls_score.bias").copy_(at::tensor({0.5, 1.0, -0.25}, at::kDouble));
    parameter(*heads, "box_predictor.bbox_pred.bias")
        .copy_(at::arange(RoiHeads::num_deltas(config.box_head, 2), at::kDouble) * 0.1);
    parameter(*heads, "mask_predictor.mask_fcn_logits.bias").copy_(at::tensor({5.0, 0.75}, at::kDouble));
    return heads;
  }

  static Tensor parameter(Module& module, const std::string& name) { return module.named_parameters()[name]; }

  std::map<std::string, double> losses(RoiHeads& heads) {
    Rng rng(1);
    const Tensor proposals = at::tensor({0, 0, 16, 16, 32, 32, 48, 48}, at::kDouble).view({2, 4});
    std::map<std::string, double> values;
    for (const auto& [name, value] : heads.losses({waves({1, 2, 16, 16}, 1.0)}, {proposals}, targets, rng)) {
      values[name] = value.item<double>();
    }
    return values;
  }

  MaskRcnnConfig config;
  std::vector<InstanceTargets> targets;
  RoiHeads::Parts parts;
};

TEST_F(RoiHeadsTest, LossesByHand) {
  const auto values = losses(*make("none"));
  ASSERT_EQ(values.size(), 3u);
  // Labels 1 and background under the same logits.
  const double log_sum = std::log(std::exp(0.5) + std::exp(1.0) + std::exp(-0.25));
  EXPECT_NEAR(values.at("loss_cls"), (2 * log_sum - 1.0 + 0.25) / 2, 1e-12);
  // Targets (0, -2 / 16, 0, log(12 / 16)) over the stds; class 1 predicts 0.4 ... 0.7. Divided by both regions.
  const double dy = -1.25, dh = std::log(0.75) / 0.2;
  EXPECT_NEAR(values.at("loss_bbox"), (0.4 + (0.5 - dy) + 0.6 + (0.7 - dh)) / 2, 1e-6);
  // 4 x 4 cells, of which the lowest row is empty; class 1 predicts 0.75 everywhere.
  const double inside = std::log1p(std::exp(-0.75)), outside = std::log1p(std::exp(0.75));
  EXPECT_NEAR(values.at("loss_mask"), (12 * inside + 4 * outside) / 16, 1e-12);
}

TEST_F(RoiHeadsTest, StepsAreWeighted) {
  const auto once = losses(*make("none"));
  // With features that count for nothing all steps predict the same.
  const auto last = losses(*make("{type: iterative, hidden: 4, step_weights: [0.2, 0.3, 0.5]}"));
  EXPECT_NEAR(last.at("loss_cls_1"), 0.2 * once.at("loss_cls"), 1e-12);
  EXPECT_NEAR(last.at("loss_cls_3"), 0.5 * once.at("loss_cls"), 1e-12);
  EXPECT_NEAR(last.at("loss_bbox"), once.at("loss_bbox"), 1e-12);
  const auto each = losses(*make("{type: iterative, hidden: 4, step_weights: [0.2, 0.3, 0.6], regression: each}"));
  EXPECT_NEAR(each.at("loss_bbox"), 1.1 * once.at("loss_bbox"), 1e-12);
}

TEST_F(RoiHeadsTest, OneBoxForAllClasses) {
  config.box_head.class_agnostic = true;
  const auto heads = make("none");
  EXPECT_EQ(parameter(*heads, "box_predictor.bbox_pred.weight").sizes(), at::IntArrayRef({4, 3}));
  const double dy = -1.25, dh = std::log(0.75) / 0.2;
  EXPECT_NEAR(losses(*heads).at("loss_bbox"), (0.0 + (0.1 - dy) + 0.2 + (0.3 - dh)) / 2, 1e-6);
}

TEST_F(RoiHeadsTest, MaskLogitsInPartsAsAtOnce) {
  const auto heads = make("none");
  const at::NoGradGuard no_grad;
  int variant = 0;
  for (auto& item : heads->named_parameters()) item.value().copy_(waves(item.value().sizes().vec(), 1.0, variant++));
  const Tensor map = waves({2, 2, 16, 16}, 1.0);
  const Tensor corners = at::rand({230, 2}, at::kDouble) * 40;
  const Tensor boxes = at::cat({corners, corners + 20}, 1), labels = at::arange(230).remainder(2);
  const Tensor all = heads->mask_logits({map}, 1, boxes, labels);
  EXPECT_EQ(all.sizes(), at::IntArrayRef({230, 4, 4}));
  for (const std::int64_t d : {0, 99, 100, 229}) {
    EXPECT_TRUE(
        near(all[d], heads->mask_logits({map}, 1, boxes.slice(0, d, d + 1), labels.slice(0, d, d + 1))[0], 1e-12));
  }
  EXPECT_EQ(heads->mask_logits({map}, 1, boxes.slice(0, 0, 0), labels.slice(0, 0, 0)).sizes(),
            at::IntArrayRef({0, 4, 4}));
}

TEST_F(RoiHeadsTest, TheLossSaysWhatTheClassifierStartsFrom) {
  const Catalog& catalog = testing::detection_catalog();
  LossContext context;
  context.catalog = &catalog;
  context.num_classes = 2;
  context.has_background = true;
  parts.loss = testing::make<Loss>(catalog, "eql_v2", context);
  parts.paradigm = testing::make<Paradigm>(catalog, "none", ParadigmContext{});
  for (const char* predictor : {"linear", "cosine"}) {
    config.box_head.predictor = predictor;
    RoiHeads heads(config, 2, {4}, parts);
    EXPECT_TRUE(near(parameter(heads, "box_predictor.cls_score.bias").sigmoid(), at::full({3}, 0.001), 1e-7))
        << predictor;
  }
}

}  // namespace
}  // namespace longtail

#include "core/models/mask_rcnn/rpn.h"

#include <cmath>

#include "core/models/mask_rcnn/proposals.h"
#include "core/ops/boxes.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

InputImage image(std::int64_t height, std::int64_t width) {
  InputImage input;
  input.height = input.original_height = height;
  input.width = input.original_width = width;
  input.padded_height = (height + 31) / 32 * 32;
  input.padded_width = (width + 31) / 32 * 32;
  return input;
}

TEST(RpnHead, SampledAnchorsAreThoseOfTheWholeMap) {
  at::manual_seed(0);
  RpnHead head(5, 3);
  testing::to_double(head);
  for (const Tensor& parameter : head.parameters()) parameter.detach().uniform_(-1, 1);
  const Tensor map = waves({2, 5, 4, 6}, 1.0).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  // Corners, edges and the middle; the last anchor twice.
  const Tensor images = at::tensor({0, 0, 1, 1, 1, 1}, at::kLong);
  const Tensor anchors = at::tensor({0, 71, 17, 40, 53, 53}, at::kLong);
  const RpnHead::Output whole = head.forward(map), sampled = head.sampled(map, images, anchors);
  const Tensor index = images * 72 + anchors;
  const Tensor logits = whole.logits.view(-1).index_select(0, index);
  const Tensor deltas = whole.deltas.view({-1, 4}).index_select(0, index);
  EXPECT_TRUE(near(sampled.logits, logits, 1e-12));
  EXPECT_TRUE(near(sampled.deltas, deltas, 1e-12));

  const auto gradients = [&](const Tensor& z, const Tensor& t) {
    std::vector<Tensor> inputs = head.parameters();
    inputs.push_back(map);
    for (Tensor& input : inputs) input.mutable_grad() = Tensor();
    (z.sin().sum() + (t * t).sum()).backward();
    std::vector<Tensor> found;
    for (const Tensor& input : inputs) found.push_back(input.grad().flatten());
    return at::cat(found);
  };
  EXPECT_TRUE(near(gradients(sampled.logits, sampled.deltas), gradients(logits, deltas), 1e-11));
}

TEST(RpnHead, NoSampleAtAll) {
  RpnHead head(5, 3);
  const Tensor none = at::empty({0}, at::kLong);
  const RpnHead::Output output = head.sampled(at::rand({1, 5, 4, 6}), none, none);
  (output.logits.sum() + output.deltas.sum()).backward();
  for (const auto& parameter : head.named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_EQ(parameter.value().grad().abs().sum().item<double>(), 0);
  }
}

/// One level with an anchor a box; deltas of zero.
Rpn::Level level(const std::vector<std::vector<double>>& boxes, const std::vector<double>& logits) {
  std::vector<double> corners;
  for (const auto& box : boxes) corners.insert(corners.end(), box.begin(), box.end());
  const auto count = static_cast<std::int64_t>(boxes.size());
  return {at::tensor(logits, at::kFloat).view({1, -1}),
          at::zeros({1, count, 4}),
          at::tensor(corners, at::kFloat).view({-1, 4}),
          {1, count}};
}

TEST(Proposals, BestOfEachLevelSuppressedWithinIt) {
  const RpnConfig config;
  const std::vector<Rpn::Level> levels = {
      level({{0, 0, 10, 10}, {0, 0, 10, 9}, {20, 0, 30, 10}, {40, 0, 50, 10}}, {2, 3, 1, -4}),
      level({{0, 0, 10, 10}, {60, 60, 200, 90}}, {2.5, 0})};
  // Three of level 0, of which the first overlaps the second by 0.9; level 1 does not mind level 0, and is clipped.
  const Tensor found = select_proposals(config, {3, 10}, levels, 0, image(80, 100));
  EXPECT_TRUE(near(found, at::tensor({0, 0, 10, 9, 0, 0, 10, 10, 20, 0, 30, 10, 60, 60, 100, 80}, at::kFloat), 1e-4));
  EXPECT_EQ(select_proposals(config, {3, 2}, levels, 0, image(80, 100)).size(0), 2);
}

TEST(Proposals, DegenerateAndBrokenBoxesGo) {
  std::vector<Rpn::Level> levels = {
      level({{0, 0, 10, 10}, {200, 0, 210, 10}, {5, 5, 5, 9}, {0, 0, 4, 4}}, {0, 1, 2, 3})};
  levels[0].deltas[0][3][2] = std::nan("");
  const Tensor found = select_proposals(RpnConfig(), {10, 10}, levels, 0, image(80, 100));
  EXPECT_TRUE(near(found, at::tensor({0.0, 0.0, 10.0, 10.0}), 1e-4));
  RpnConfig large;
  large.min_size = 11;
  EXPECT_EQ(select_proposals(large, {10, 10}, levels, 0, image(80, 100)).size(0), 0);
}

TEST(Proposals, RankedByLogitsWhereScoresSaturate) {
  // Both scores round to 1; only logits tell them apart.
  const std::vector<Rpn::Level> levels = {level({{0, 0, 10, 10}, {20, 0, 30, 10}}, {40, 50})};
  RpnConfig config;
  config.rank_by = "logits";
  EXPECT_TRUE(
      near(select_proposals(config, {1, 1}, levels, 0, image(80, 100)), at::tensor({20.0, 0.0, 30.0, 10.0}), 1e-4));
}

/// A head whose logits are `logit` and deltas `delta` everywhere.
void set_constant(Rpn& rpn, double logit, double delta) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : rpn.named_parameters()) parameter.value().zero_();
  rpn.named_parameters()["head.cls_logits.bias"].fill_(logit);
  rpn.named_parameters()["head.bbox_pred.bias"].fill_(delta);
}

RpnConfig one_anchor() {
  RpnConfig config;
  config.anchors.scales = {2};
  config.anchors.ratios = {1};
  config.samples = 4;
  return config;
}

TEST(RpnLosses, ByHand) {
  // 4 x 4 cells of stride 8, anchors of side 16 around multiples of 8.
  Rpn rpn(one_anchor(), 2, {8});
  testing::to_double(rpn);
  set_constant(rpn, 0.5, 0.25);
  const std::vector<Tensor> maps = {waves({1, 2, 4, 4}, 1.0).requires_grad_()};
  const auto levels = rpn.predict(maps, {32, 32});
  InstanceTargets truth;
  truth.boxes = at::tensor({8.0, 8.0, 24.0, 28.0}, at::kDouble).view({1, 4});  // the anchor at (16, 16): IoU 0.8
  truth.labels = at::zeros({1}, at::kLong);
  Rng rng(3);
  const Rpn::Losses losses = rpn.losses(maps, levels, {image(32, 32)}, {truth}, rng);
  // One positive and three negatives. Targets: (0, 2 / 16, 0, log(20 / 16)).
  const double positive = std::log1p(std::exp(-0.5)), negative = std::log1p(std::exp(0.5));
  EXPECT_NEAR(losses.objectness.item<double>(), (positive + 3 * negative) / 4, 1e-12);
  EXPECT_NEAR(losses.boxes.item<double>(), (0.25 + 0.125 + 0.25 + std::abs(0.25 - std::log(1.25))) / 4, 1e-12);
}

TEST(RpnLosses, SmoothL1ByHand) {
  RpnConfig config = one_anchor();
  config.box_loss.type = "smooth_l1";
  config.box_loss.beta = 0.2;
  Rpn rpn(config, 2, {8});
  testing::to_double(rpn);
  set_constant(rpn, 0, 0.25);
  const std::vector<Tensor> maps = {waves({1, 2, 4, 4}, 1.0)};
  InstanceTargets truth;
  truth.boxes = at::tensor({8.0, 8.0, 24.0, 28.0}, at::kDouble).view({1, 4});
  Rng rng(3);
  const auto losses = rpn.losses(maps, rpn.predict(maps, {32, 32}), {image(32, 32)}, {truth}, rng);
  const auto smooth = [](double x) { return std::abs(x) < 0.2 ? x * x / 0.4 : std::abs(x) - 0.1; };
  const double expected = 2 * smooth(0.25) + smooth(0.125) + smooth(0.25 - std::log(1.25));
  EXPECT_NEAR(losses.boxes.item<double>(), expected / 4, 1e-12);
}

TEST(RpnLosses, ImagesWithoutObjectsAndCellsBeyondTheImage) {
  RpnConfig config = one_anchor();
  config.samples = 1000;
  Rpn rpn(config, 2, {8});
  set_constant(rpn, 1, 0);
  const std::vector<Tensor> maps = {at::rand({2, 2, 8, 8}).requires_grad_()};
  InstanceTargets none;
  none.boxes = at::zeros({0, 4});
  none.labels = at::zeros({0}, at::kLong);
  Rng rng(3);
  // The second image is 30 x 20, that is 4 x 4 cells.
  const std::vector<InputImage> inputs = {image(64, 64), image(30, 20)};
  const auto losses = rpn.losses(maps, rpn.predict(maps, {64, 64}), inputs, {none, none}, rng);
  EXPECT_NEAR(losses.objectness.item<double>(), std::log1p(std::exp(1.0)), 1e-5);
  EXPECT_EQ(losses.boxes.item<double>(), 0);
  losses.objectness.backward();
  const Tensor touched = rpn.named_parameters()["head.cls_logits.bias"].grad();
  EXPECT_NEAR(touched.item<double>(), 1 / (1 + std::exp(-1.0)), 1e-5);
}

}  // namespace
}  // namespace longtail

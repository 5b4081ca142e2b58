// The whole model beside torchvision's: tests/oracle/mask_rcnn.py.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/models/mask_rcnn.h"
#include "core/models/mask_rcnn/fpn.h"
#include "core/models/mask_rcnn/roi_heads.h"
#include "core/models/mask_rcnn/rpn.h"
#include "tests/support/annotation_builder.h"
#include "tests/unit/models/small_mask_rcnn.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

constexpr const char* kModel = R"(
backbone: {type: resnet, depth: 18, norm: frozen}
fpn: {channels: 8}
rpn:
  anchors: {rounded: true, spacing: grid, trained: all}
  assigner: {low_quality: keep, low_quality_iou: 0}
  samples: 1000000
  box_loss: {type: smooth_l1}
  clamp_deltas: above
  rank_by: logits
  train: {per_level: 2000, per_image: 2000}
  min_size: 0.001
roi:
  assigner: {low_quality: none}
  samples: 1000000
  level_epsilon: outside
  aligned: false
  sampling_ratio: 2
box_head: {channels: 12, clamp_deltas: above, box_loss: {type: smooth_l1}}
mask_head: {convs: 1, channels: 6, targets: soft}
test: {score_threshold: 0.05, max_detections: 400, min_size: 0.01, paste: corners}
)";

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }
bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Weights by the formula of the oracle.
void fill(Module& model) {
  std::map<std::string, Tensor> state;
  for (const auto& item : model.named_parameters()) state.emplace(item.key(), item.value());
  for (const auto& item : model.named_buffers()) {
    if (!ends_with(item.key(), "num_batches_tracked")) state.emplace(item.key(), item.value());
  }
  const at::NoGradGuard no_grad;
  std::int64_t i = 0;
  for (auto& [name, tensor] : state) {
    constexpr std::int64_t prime = 2147483647;
    const Tensor x = ((at::arange(tensor.numel(), at::kLong) + 1 + 1000 * i++) * 48271).remainder(prime);
    Tensor values = (x * x).remainder(prime).to(at::kDouble) * (2.0 / prime) - 1;
    const bool backbone = starts_with(name, "backbone");
    if (tensor.dim() > 1) {
      const double gain = backbone ? 0.5 : name.find("bbox_pred") != std::string::npos ? 0.1 : 1;
      values = values * (gain * std::sqrt(6.0 / static_cast<double>(tensor[0].numel())));
    } else {
      values = values * 0.1 + (backbone && (ends_with(name, "weight") || ends_with(name, "running_var")) ? 1.0 : 0.0);
    }
    tensor.copy_(values.view(tensor.sizes()));
  }
}

Tensor summary(const Tensor& tensor) {
  const Tensor flat = tensor.detach().contiguous().view(-1);
  return at::stack({flat.mean(), flat.abs().mean(), flat[0], flat[flat.numel() / 3], flat[flat.numel() - 1]});
}

void expect_summary(const Tensor& tensor, const Node& oracle, const std::string& path) {
  const Tensor expected = numbers(oracle, path);
  EXPECT_TRUE(near(summary(tensor), expected, 1e-8 * (1e-3 + expected.abs().max().item<double>()))) << path;
}

class TorchvisionTest : public ::testing::Test {
 protected:
  TorchvisionTest() {
    testing::ModelOptions options;
    options.model = kModel;
    options.num_classes = 5;
    model = testing::make_mask_rcnn(options);
    testing::to_double(*model);
    fill(*model);
    batch.images = waves({2, 3, 96, 160}, 2.0);
    for (const auto& [height, width] : {std::make_pair(90, 150), std::make_pair(96, 160)}) {
      InputImage input;
      input.height = input.original_height = height;
      input.width = input.original_width = width;
      batch.inputs.push_back(input);
    }
  }

  /// Objects whose masks are the whole image or nothing.
  void add_targets(const std::vector<double>& boxes, const std::vector<std::int64_t>& labels,
                   const std::vector<bool>& full) {
    testing::AnnotationBuilder builder;
    builder.image(1, 160, 96);
    std::vector<std::int64_t> objects;
    for (const bool is_full : full) {
      builder.object(0, {0, 0, 160, 96});
      if (is_full) {
        builder.polygons({{0, 0, 160, 0, 160, 96, 0, 96}});
      } else {
        builder.rle({160 * 96});
      }
      objects.push_back(static_cast<std::int64_t>(objects.size()));
    }
    InstanceTargets targets;
    targets.boxes = at::tensor(boxes, at::kDouble).view({-1, 4});
    targets.labels = at::tensor(labels, at::kLong);
    targets.masks = std::make_shared<InstanceMasks>(builder.set(), objects, 1.0, 1.0, false, 160);
    batch.targets.push_back(targets);
  }

  template <class T>
  std::shared_ptr<T> part(const std::string& name) {
    return std::dynamic_pointer_cast<T>(model->named_children()[name]);
  }

  const Node oracle = testing::oracle("mask_rcnn.json");
  std::shared_ptr<MaskRcnn> model;
  InstanceBatch batch;
};

TEST_F(TorchvisionTest, Detections) {
  model->eval();
  const at::NoGradGuard no_grad;
  const auto maps = part<Fpn>("fpn")->forward(part<Backbone>("backbone")->forward(batch.images));
  for (std::size_t l = 0; l < maps.size(); ++l) expect_summary(maps[l], oracle, "detections.maps." + std::to_string(l));
  const auto rpn = part<Rpn>("rpn");
  const auto proposals = rpn->proposals(rpn->predict(maps, {96, 160}), batch.inputs, false);
  const std::vector<Detections> found = model->detect(batch, *testing::no_calibration());
  for (std::size_t b = 0; b < 2; ++b) {
    const std::string path = "detections.images." + std::to_string(b) + ".";
    EXPECT_EQ(proposals[b].size(0),
              numbers(oracle, "detections.proposals")[static_cast<std::int64_t>(b)].item<double>());
    EXPECT_EQ(found[b].scores.size(0), numbers(oracle, path + "count").item<double>());
    const auto every = [&](const Tensor& of_all, std::int64_t step) { return of_all.slice(0, 0, c10::nullopt, step); };
    EXPECT_TRUE(near(every(found[b].scores, 5), numbers(oracle, path + "scores"), 1e-9));
    EXPECT_TRUE(near(every(found[b].labels, 5), numbers(oracle, path + "labels"), 0));
    EXPECT_TRUE(near(every(found[b].boxes, 5), numbers(oracle, path + "boxes"), 1e-6));
    const Tensor logits =
        part<RoiHeads>("roi_heads")
            ->mask_logits(maps, static_cast<std::int64_t>(b), every(found[b].boxes, 100), every(found[b].labels, 100));
    for (std::int64_t d = 0; d < logits.size(0); ++d) {
      EXPECT_TRUE(near(summary(logits[d]), numbers(oracle, path + "masks." + std::to_string(d)), 1e-6));
    }
  }
}

TEST_F(TorchvisionTest, LossesAndGradients) {
  add_targets({10, 12, 60, 55, 70, 20, 140, 85, 15, 10, 62, 50}, {0, 3, 1}, {true, false, true});
  add_targets({0, 0, 33, 30}, {4}, {false});
  Rng rng(1);
  const auto losses = model->losses(batch, rng);
  const std::map<std::string, std::string> names = {{"loss_rpn_cls", "loss_objectness"},
                                                    {"loss_rpn_bbox", "loss_rpn_box_reg"},
                                                    {"loss_cls", "loss_classifier"},
                                                    {"loss_bbox", "loss_box_reg"},
                                                    {"loss_mask", "loss_mask"}};
  ASSERT_EQ(losses.size(), names.size());
  for (const auto& [name, value] : losses) {
    // torchvision works out the objectness in single precision: its targets are.
    const double tolerance = name == "loss_rpn_cls" ? 1e-6 : 1e-9;
    const double expected = numbers(oracle, "training.losses." + names.at(name)).item<double>();
    EXPECT_NEAR(value.item<double>(), expected, tolerance) << name;
  }
  testing::total(losses).backward();
  for (const auto& item : oracle.find_path("training.gradients")->entries()) {
    std::string parameter = item.key;
    std::replace(parameter.begin(), parameter.end(), '/', '.');
    expect_summary(model->named_parameters()[parameter].grad(), oracle, "training.gradients." + item.key);
  }
}

}  // namespace
}  // namespace longtail

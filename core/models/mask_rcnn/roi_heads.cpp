#include "core/models/mask_rcnn/roi_heads.h"

#include <algorithm>

#include "core/models/mask_rcnn/box_regression.h"
#include "core/models/step_losses.h"
#include "core/ops/paste_masks.h"

namespace longtail {
namespace {

// The enlarged map of a region holds as much as an image of 28 x 28 pixels with 256 channels.
constexpr std::int64_t kMasksAtOnce = 100;

}  // namespace

RoiHeads::RoiHeads(const MaskRcnnConfig& config, std::int64_t num_classes, const std::vector<std::int64_t>& strides,
                   Parts parts)
    : config_(config),
      num_classes_(num_classes),
      parts_(std::move(parts)),
      pool_(config.roi, strides),
      coder_(box_coder(config.box_head.clamp_deltas)) {
  std::copy(config.box_head.stds.begin(), config.box_head.stds.end(), coder_.stds.begin());
  const std::int64_t channels = config.fpn.channels;
  const std::int64_t deltas = num_deltas(config.box_head, num_classes);
  box_head_ = register_module("box_head", std::make_shared<BoxHead>(config.box_head, channels));
  box_predictor_ = register_module("box_predictor",
                                   std::make_shared<BoxPredictor>(config.box_head, parts_.loss->num_logits(), deltas));
  mask_head_ = register_module("mask_head", std::make_shared<MaskHead>(config.mask_head, channels));
  mask_predictor_ = register_module(
      "mask_predictor", std::make_shared<MaskPredictor>(config.mask_head, mask_head_->channels(), num_classes));
  const Tensor bias = parts_.loss->initial_bias();
  if (bias.defined()) box_predictor_->set_classifier_bias(bias);
}

std::vector<ParadigmStep> RoiHeads::predict(const std::vector<Tensor>& maps, const Tensor& rois) const {
  const Tensor features = pool_.forward(maps, rois, config_.box_head.size);
  return parts_.paradigm->forward(features,
                                  [this](const Tensor& x) { return box_predictor_->forward(box_head_->forward(x)); });
}

RoiHeads::NamedLosses RoiHeads::losses(const std::vector<Tensor>& maps, const std::vector<Tensor>& proposals,
                                       const std::vector<InstanceTargets>& targets, Rng& rng) {
  const RoiSamples samples = sample_rois(config_.roi, num_classes_, proposals, targets, rng);
  const std::vector<ParadigmStep> steps = predict(maps, samples.rois);
  NamedLosses losses = step_losses(*parts_.loss, steps, samples.labels, num_classes_ + 1);
  losses.emplace_back("loss_bbox", box_regression(steps, samples));
  losses.emplace_back("loss_mask", mask_loss(maps, samples, targets));
  return losses;
}

Tensor RoiHeads::box_regression(const std::vector<ParadigmStep>& steps, const RoiSamples& samples) const {
  const double count = std::max<double>(1, static_cast<double>(samples.labels.size(0)));
  const Tensor rois = samples.rois.index_select(0, samples.positives).slice(1, 1);
  const Tensor targets = coder_.encode(rois, samples.boxes);
  const std::int64_t boxes = config_.box_head.class_agnostic ? 1 : num_classes_;
  // Of each positive the box of its class: a row of [N * boxes, 4].
  Tensor row = samples.positives * boxes;
  if (boxes > 1) row = row + samples.labels.index_select(0, samples.positives);
  Tensor sum = at::zeros({}, targets.options());
  for (const ParadigmStep& step : steps) {
    if (step.regression_weight == 0) continue;
    const Tensor own = step.output.deltas.reshape({-1, 4}).index_select(0, row);
    sum = sum + box_loss(config_.box_head.box_loss, own, targets) * (step.regression_weight / count);
  }
  return sum;
}

Tensor RoiHeads::mask_loss(const std::vector<Tensor>& maps, const RoiSamples& all,
                           const std::vector<InstanceTargets>& targets) const {
  const MaskHeadConfig& config = config_.mask_head;
  const RoiSamples samples = with_outlines(all, targets);
  const Tensor features = pool_.forward(maps, samples.rois.index_select(0, samples.positives), config.size);
  const Tensor labels = samples.labels.index_select(0, samples.positives);
  const Tensor logits = mask_predictor_->forward(mask_head_->forward(features), labels);
  const Tensor expected = mask_targets(samples, targets, 2 * config.size, config.targets == "threshold");
  const double count = std::max<double>(1, static_cast<double>(expected.numel()));
  return at::binary_cross_entropy_with_logits(logits, expected, {}, {}, at::Reduction::Sum) / count;
}

std::vector<Detections> RoiHeads::detect(const std::vector<Tensor>& maps, const std::vector<Tensor>& proposals,
                                         const std::vector<InputImage>& inputs, const Calibration& calibration) {
  const HeadOutput output = predict(maps, with_image_numbers(proposals)).back().output;
  const Tensor scores = calibration.apply(parts_.loss->scores(output.logits)).slice(1, 0, num_classes_);
  std::vector<Detections> detections;
  std::int64_t first = 0;
  for (std::size_t b = 0; b < inputs.size(); ++b) {
    const std::int64_t last = first + proposals[b].size(0);
    const RoiPredictions own{proposals[b], scores.slice(0, first, last), output.deltas.slice(0, first, last)};
    const auto height = static_cast<double>(inputs[b].height), width = static_cast<double>(inputs[b].width);
    const SelectedDetections selected = select_detections(config_.test, coder_, own, height, width);
    detections.push_back(finish(maps, static_cast<std::int64_t>(b), inputs[b], selected));
    first = last;
  }
  return detections;
}

Tensor RoiHeads::mask_logits(const std::vector<Tensor>& maps, std::int64_t number, const Tensor& boxes,
                             const Tensor& labels) const {
  const std::int64_t size = 2 * config_.mask_head.size;
  std::vector<Tensor> logits = {at::empty({0, size, size}, boxes.options())};
  for (std::int64_t first = 0; first < boxes.size(0); first += kMasksAtOnce) {
    const Tensor some = boxes.slice(0, first, first + kMasksAtOnce);
    const Tensor rois = at::cat({at::full({some.size(0), 1}, number, some.options()), some}, 1);
    const Tensor features = mask_head_->forward(pool_.forward(maps, rois, config_.mask_head.size));
    logits.push_back(mask_predictor_->forward(features, labels.slice(0, first, first + kMasksAtOnce)));
  }
  return at::cat(logits);
}

Detections RoiHeads::finish(const std::vector<Tensor>& maps, std::int64_t number, const InputImage& input,
                            const SelectedDetections& selected) const {
  const Tensor masks = mask_logits(maps, number, selected.boxes, selected.labels).sigmoid().cpu();
  const Tensor scales = at::tensor({input.scale_x, input.scale_y, input.scale_x, input.scale_y}, at::kFloat);
  Detections found;
  found.boxes = selected.boxes.cpu() / scales;
  found.scores = selected.scores.cpu();
  found.labels = selected.labels.cpu();
  const PasteMode mode = config_.test.paste == "grid" ? PasteMode::grid : PasteMode::corners;
  found.masks = paste_masks(masks, found.boxes, static_cast<std::int32_t>(input.original_height),
                            static_cast<std::int32_t>(input.original_width), config_.test.mask_threshold, mode);
  return found;
}

}  // namespace longtail

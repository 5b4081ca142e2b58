#include "core/models/mask_rcnn/rpn.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "core/models/mask_rcnn/assigner.h"
#include "core/models/mask_rcnn/box_regression.h"
#include "core/models/mask_rcnn/box_sampler.h"
#include "core/models/mask_rcnn/proposals.h"

namespace longtail {
namespace {

/// Anchors of a batch that the losses are computed on, S of them, and what they should be.
struct AnchorSamples {
  Tensor image;    // [S] int64
  Tensor anchor;   // [S] int64, into all levels' anchors, one behind the other
  Tensor labels;   // [S] float, 1: an object
  Tensor targets;  // [S, 4] deltas, zeros where there is no object
};

Tensor cat_anchors(const std::vector<Rpn::Level>& levels) {
  std::vector<Tensor> anchors;
  for (const Rpn::Level& level : levels) anchors.push_back(level.anchors);
  return at::cat(anchors);
}

/// Indices of the anchors on the image itself, or undefined where they all are.
Tensor trained_anchors(const AnchorGenerator& generator, const std::vector<Rpn::Level>& levels,
                       const InputImage& input) {
  std::vector<Tensor> flags;
  bool all = true;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const Tensor& anchors = levels[l].anchors;
    Tensor trained = generator.trained(l, levels[l].cells, {input.padded_height, input.padded_width}, anchors.device());
    all = all && !trained.defined();
    if (!trained.defined()) trained = at::ones({anchors.size(0)}, anchors.options().dtype(at::kBool));
    flags.push_back(trained);
  }
  return all ? Tensor() : at::cat(flags).nonzero().view(-1);
}

/// Samples of one image.
AnchorSamples sample_anchors(const RpnConfig& config, const Tensor& anchors, const Tensor& trained, const Tensor& truth,
                             std::int64_t image, Rng& rng) {
  const Tensor boxes = trained.defined() ? anchors.index_select(0, trained) : anchors;
  const Tensor matched = assign_by_iou(config.assigner, boxes, truth);
  const SampledBoxes sampled = sample_boxes(matched, config.samples, config.positive_fraction, rng);
  const Tensor chosen = at::cat({sampled.positives, sampled.negatives});
  const std::int64_t count = chosen.size(0), positives = sampled.positives.size(0);

  AnchorSamples samples;
  samples.image = at::full({count}, image, chosen.options());
  samples.anchor = trained.defined() ? trained.index_select(0, chosen) : chosen;
  samples.labels = at::zeros({count}, anchors.options());
  samples.labels.slice(0, 0, positives).fill_(1);
  samples.targets = at::zeros({count, 4}, anchors.options());
  if (positives > 0) {
    const Tensor nearest = truth.index_select(0, matched.index_select(0, sampled.positives));
    samples.targets.slice(0, 0, positives)
        .copy_(box_coder(config.clamp_deltas).encode(boxes.index_select(0, sampled.positives), nearest));
  }
  return samples;
}

AnchorSamples join(const std::vector<AnchorSamples>& images) {
  const auto joined = [&](Tensor AnchorSamples::*part) {
    std::vector<Tensor> parts;
    for (const AnchorSamples& image : images) parts.push_back(image.*part);
    return at::cat(parts);
  };
  return {joined(&AnchorSamples::image), joined(&AnchorSamples::anchor), joined(&AnchorSamples::labels),
          joined(&AnchorSamples::targets)};
}

}  // namespace

Rpn::Rpn(RpnConfig config, std::int64_t channels, const std::vector<std::int64_t>& strides)
    : config_(std::move(config)), anchors_(config_.anchors, strides) {
  head_ = register_module("head", std::make_shared<RpnHead>(channels, anchors_.per_cell()));
}

std::vector<Rpn::Level> Rpn::predict(const std::vector<Tensor>& maps, AnchorGenerator::Size padded) const {
  const c10::NoGradGuard no_grad;
  std::vector<Level> levels;
  for (std::size_t l = 0; l < maps.size(); ++l) {
    const RpnHead::Output output = head_->forward(maps[l]);
    const AnchorGenerator::Size cells{maps[l].size(2), maps[l].size(3)};
    levels.push_back({output.logits, output.deltas, anchors_.grid(l, cells, padded, output.deltas.options()), cells});
  }
  return levels;
}

std::vector<Tensor> Rpn::proposals(const std::vector<Level>& levels, const std::vector<InputImage>& inputs,
                                   bool training) const {
  const c10::NoGradGuard no_grad;
  std::vector<Tensor> proposals;
  for (std::size_t b = 0; b < inputs.size(); ++b) {
    const ProposalConfig& limits = training ? config_.train : config_.test;
    proposals.push_back(select_proposals(config_, limits, levels, static_cast<std::int64_t>(b), inputs[b]));
  }
  return proposals;
}

Rpn::Losses Rpn::losses(const std::vector<Tensor>& maps, const std::vector<Level>& levels,
                        const std::vector<InputImage>& inputs, const std::vector<InstanceTargets>& targets,
                        Rng& rng) const {
  const Tensor anchors = cat_anchors(levels);
  std::vector<AnchorSamples> images;
  for (std::size_t b = 0; b < inputs.size(); ++b) {
    const Tensor trained = trained_anchors(anchors_, levels, inputs[b]);
    images.push_back(sample_anchors(config_, anchors, trained, targets[b].boxes, static_cast<std::int64_t>(b), rng));
  }
  const AnchorSamples samples = join(images);
  const double count = std::max<double>(1, static_cast<double>(samples.anchor.size(0)));

  Losses losses{at::zeros({}, anchors.options()), at::zeros({}, anchors.options())};
  std::int64_t first = 0;
  for (std::size_t l = 0; l < maps.size(); ++l) {
    const std::int64_t last = first + levels[l].anchors.size(0);
    const Tensor here = at::logical_and(samples.anchor.ge(first), samples.anchor.lt(last)).nonzero().view(-1);
    const RpnHead::Output output =
        head_->sampled(maps[l], samples.image.index_select(0, here), samples.anchor.index_select(0, here) - first);
    const Tensor labels = samples.labels.index_select(0, here);
    const Tensor objects = labels.nonzero().view(-1);
    losses.objectness = losses.objectness +
                        at::binary_cross_entropy_with_logits(output.logits, labels, {}, {}, at::Reduction::Sum) / count;
    losses.boxes = losses.boxes + box_loss(config_.box_loss, output.deltas.index_select(0, objects),
                                           samples.targets.index_select(0, here).index_select(0, objects)) /
                                      count;
    first = last;
  }
  return losses;
}

}  // namespace longtail

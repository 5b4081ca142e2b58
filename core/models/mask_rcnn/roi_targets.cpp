#include "core/models/mask_rcnn/roi_targets.h"

#include <longtail/parallel.h>

#include <utility>

#include "core/models/mask_rcnn/assigner.h"
#include "core/models/mask_rcnn/box_sampler.h"
#include "core/models/mask_rcnn/roi_pool.h"

namespace longtail {
namespace {

/// Ground truth as a match of itself; boxes without area, which have no deltas, of nothing.
Tensor own_matches(const Tensor& truth) {
  const Tensor sides = truth.slice(1, 2) - truth.slice(1, 0, 2);
  const Tensor own = at::arange(truth.size(0), truth.options().dtype(at::kLong));
  return own.masked_fill(sides.le(0).any(1), kIgnored);
}

/// The regions of an image that may be sampled, and what each is matched with.
std::pair<Tensor, Tensor> matched_regions(const RoiConfig& config, const Tensor& proposals, const Tensor& truth) {
  if (!config.add_ground_truth) return {proposals, assign_by_iou(config.assigner, proposals, truth)};
  const Tensor all = at::cat({truth, proposals});
  if (config.ground_truth_match == "iou") return {all, assign_by_iou(config.assigner, all, truth)};
  return {all, at::cat({own_matches(truth), assign_by_iou(config.assigner, proposals, truth)})};
}

}  // namespace

RoiSamples sample_rois(const RoiConfig& config, std::int64_t num_classes, const std::vector<Tensor>& proposals,
                       const std::vector<InstanceTargets>& targets, Rng& rng) {
  std::vector<Tensor> rois, labels, positives, truth, boxes;
  std::int64_t first = 0;
  for (std::size_t b = 0; b < proposals.size(); ++b) {
    const Tensor& truth_boxes = targets[b].boxes;
    const auto [all, matched] = matched_regions(config, proposals[b], truth_boxes);
    const SampledBoxes sampled = sample_boxes(matched, config.samples, config.positive_fraction, rng);
    const Tensor nearest = matched.index_select(0, sampled.positives);
    const std::int64_t count = sampled.positives.size(0);

    rois.push_back(all.index_select(0, at::cat({sampled.positives, sampled.negatives})));
    labels.push_back(targets[b].labels.index_select(0, nearest));
    labels.push_back(at::full({sampled.negatives.size(0)}, num_classes, nearest.options()));
    positives.push_back(at::arange(first, first + count, nearest.options()));
    truth.push_back(nearest);
    boxes.push_back(truth_boxes.index_select(0, nearest));
    first += rois.back().size(0);
  }
  return {with_image_numbers(rois), at::cat(labels), at::cat(positives), at::cat(truth), at::cat(boxes)};
}

RoiSamples with_outlines(const RoiSamples& samples, const std::vector<InstanceTargets>& targets) {
  const Tensor images = samples.rois.select(1, 0).index_select(0, samples.positives).to(at::kCPU, at::kLong);
  const Tensor truth = samples.truth.cpu();
  std::vector<std::int64_t> kept;
  for (std::int64_t p = 0; p < truth.size(0); ++p) {
    const auto image = static_cast<std::size_t>(images.data_ptr<std::int64_t>()[p]);
    if (targets[image].masks->has_outline(truth.data_ptr<std::int64_t>()[p])) kept.push_back(p);
  }
  if (static_cast<std::int64_t>(kept.size()) == truth.size(0)) return samples;
  const Tensor index = at::tensor(kept, at::kLong).to(samples.positives.device());
  return {samples.rois, samples.labels, samples.positives.index_select(0, index), samples.truth.index_select(0, index),
          samples.boxes.index_select(0, index)};
}

Tensor mask_targets(const RoiSamples& samples, const std::vector<InstanceTargets>& targets, std::int64_t size,
                    bool threshold) {
  const Tensor rois = samples.rois.index_select(0, samples.positives).to(at::kCPU, at::kFloat).contiguous();
  const Tensor truth = samples.truth.cpu().contiguous();
  Tensor masks = at::empty({rois.size(0), size, size}, at::kFloat);
  const float* roi = rois.data_ptr<float>();
  const std::int64_t* instance = truth.data_ptr<std::int64_t>();
  float* out = masks.data_ptr<float>();
  parallel_for(0, rois.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const auto image = static_cast<std::size_t>(roi[5 * p]);
      targets[image].masks->rasterize(instance[p], roi + 5 * p + 1, static_cast<std::int32_t>(size),
                                      out + p * size * size);
    }
  });
  if (threshold) masks = masks.ge(0.5);
  return masks.to(samples.rois.options());
}

}  // namespace longtail

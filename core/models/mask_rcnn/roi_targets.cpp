#include "core/models/mask_rcnn/roi_targets.h"

#include <ATen/Parallel.h>

#include "core/models/mask_rcnn/assigner.h"
#include "core/models/mask_rcnn/box_sampler.h"
#include "core/models/mask_rcnn/roi_pool.h"

namespace longtail {

RoiSamples sample_rois(const RoiConfig& config, std::int64_t num_classes, const std::vector<Tensor>& proposals,
                       const std::vector<InstanceTargets>& targets, Rng& rng) {
  std::vector<Tensor> rois, labels, positives, truth, boxes;
  std::int64_t first = 0;
  for (std::size_t b = 0; b < proposals.size(); ++b) {
    const Tensor& truth_boxes = targets[b].boxes;
    const Tensor all = config.add_ground_truth ? at::cat({truth_boxes, proposals[b]}) : proposals[b];
    const Tensor matched = assign_by_iou(config.assigner, all, truth_boxes);
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

Tensor mask_targets(const RoiSamples& samples, const std::vector<InstanceTargets>& targets, std::int64_t size,
                    bool threshold) {
  const Tensor rois = samples.rois.index_select(0, samples.positives).to(at::kCPU, at::kFloat).contiguous();
  const Tensor truth = samples.truth.cpu().contiguous();
  Tensor masks = at::empty({rois.size(0), size, size}, at::kFloat);
  const float* roi = rois.data_ptr<float>();
  const std::int64_t* instance = truth.data_ptr<std::int64_t>();
  float* out = masks.data_ptr<float>();
  at::parallel_for(0, rois.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
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

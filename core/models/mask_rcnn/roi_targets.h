#pragma once

#include <longtail/module.h>
#include <longtail/rng.h>

#include <cstdint>
#include <vector>

#include "core/data/instance_batch.h"
#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// The N regions of a batch that the heads are trained on; P of them are positive.
struct RoiSamples {
  Tensor rois;       // [N, 5] image, x1, y1, x2, y2
  Tensor labels;     // [N] int64 in [0, C), or C for background
  Tensor positives;  // [P] int64 into the N
  Tensor truth;      // [P] int64 into the ground truth of the region's image
  Tensor boxes;      // [P, 4] of that ground truth
};

/// Samples each image's proposals [K, 4], which its ground truth joins if the configuration says so.
RoiSamples sample_rois(const RoiConfig& config, std::int64_t num_classes, const std::vector<Tensor>& proposals,
                       const std::vector<InstanceTargets>& targets, Rng& rng);

/// The same samples, of the positives only those whose object has an outline to learn from.
RoiSamples with_outlines(const RoiSamples& samples, const std::vector<InstanceTargets>& targets);

/// What the masks of the positive regions should be, [P, size, size] float on the regions' device: the share of each
/// cell that the ground truth covers, or whether it is at least half of it (`threshold`).
Tensor mask_targets(const RoiSamples& samples, const std::vector<InstanceTargets>& targets, std::int64_t size,
                    bool threshold);

}  // namespace longtail

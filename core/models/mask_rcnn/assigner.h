#pragma once

#include <longtail/module.h>

#include <cstdint>

#include "core/models/mask_rcnn_config.h"

namespace longtail {

constexpr std::int64_t kBackground = -1;  // negative
constexpr std::int64_t kIgnored = -2;     // neither positive nor negative

/// Assigns boxes [N, 4] to ground truth [G, 4] by their IoU: [N] int64, an index in [0, G), kBackground or kIgnored.
/// Between equal IoUs the first ground truth wins. Works through the boxes in blocks, so that memory is bounded for any
/// N * G.
Tensor assign_by_iou(const AssignerConfig& config, const Tensor& boxes, const Tensor& ground_truth);

}  // namespace longtail

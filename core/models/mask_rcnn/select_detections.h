#pragma once

#include <longtail/module.h>

#include <cstdint>

#include "core/models/mask_rcnn_config.h"
#include "core/ops/boxes.h"

namespace longtail {

/// Detections of one image in pixels of the network's input, best first.
struct SelectedDetections {
  Tensor boxes;   // [D, 4]
  Tensor scores;  // [D]
  Tensor labels;  // [D] int64
};

/// What the box head says of the K proposals of an image.
struct RoiPredictions {
  Tensor proposals;  // [K, 4]
  Tensor scores;     // [K, C], foreground
  Tensor deltas;     // [K, 4 C], or [K, 4] for all classes
};

/// The best `max_detections` after suppression within each class. Every pair of proposal and class above the threshold
/// is a candidate; they are looked at from the best on until enough are kept, which gives what looking at all would.
SelectedDetections select_detections(const DetectionConfig& config, const BoxCoder& coder,
                                     const RoiPredictions& predictions, double height, double width);

}  // namespace longtail

#pragma once

#include <longtail/module.h>
#include <longtail/rng.h>

#include <cstdint>

namespace longtail {

/// Indices of the boxes that a loss is computed on, ascending.
struct SampledBoxes {
  Tensor positives;  // [P] int64
  Tensor negatives;  // [Q] int64
};

/// Draws up to `count` of the boxes that `matched` [N] (of assign_by_iou) says are positive or negative: at most `count
/// * positive_fraction` positives, then negatives. Only `rng` decides, so that the choice is the same on every device.
SampledBoxes sample_boxes(const Tensor& matched, std::int64_t count, double positive_fraction, Rng& rng);

}  // namespace longtail

#pragma once

#include <longtail/module.h>

#include <string>

#include "core/models/mask_rcnn_config.h"
#include "core/ops/boxes.h"

namespace longtail {

/// The coder of a configuration's `clamp_deltas`: "both" or "above".
inline BoxCoder box_coder(const std::string& clamp_deltas) {
  BoxCoder coder;
  coder.clamp_below = clamp_deltas == "both";
  return coder;
}

/// What wrong deltas cost: summed over all entries, a scalar; zero with a gradient where there are none.
inline Tensor box_loss(const BoxLossConfig& config, const Tensor& deltas, const Tensor& targets) {
  if (config.type == "l1") return at::l1_loss(deltas, targets, at::Reduction::Sum);
  return at::smooth_l1_loss(deltas, targets, at::Reduction::Sum, config.beta);
}

}  // namespace longtail

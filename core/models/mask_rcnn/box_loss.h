#pragma once

#include <longtail/module.h>

#include "core/models/mask_rcnn_config.h"
#include "core/ops/boxes.h"

namespace longtail {

/// Sum over all entries, a scalar; zero with a gradient where there are none.
inline Tensor box_loss(const BoxLossConfig& config, const Tensor& deltas, const Tensor& targets) {
  if (config.type == "l1") return at::l1_loss(deltas, targets, at::Reduction::Sum);
  return at::smooth_l1_loss(deltas, targets, at::Reduction::Sum, config.beta);
}

/// `clamp` is "both" or "above".
inline BoxCoder box_coder(const std::string& clamp) {
  BoxCoder coder;
  coder.clamp_below = clamp == "both";
  return coder;
}

}  // namespace longtail

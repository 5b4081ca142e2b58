#pragma once

#include <cstdint>
#include <memory>

#include "core/models/mask_rcnn/layers.h"

namespace longtail {

/// Objectness and box of each anchor of a map, which all levels of the pyramid share.
class RpnHead final : public Module {
 public:
  RpnHead(std::int64_t channels, std::int64_t anchors_per_cell);

  struct Output {
    Tensor logits;
    Tensor deltas;
  };
  /// map [B, channels, H, W] -> logits [B, H * W * A], deltas [B, H * W * A, 4], in the order of AnchorGenerator::grid.
  Output forward(const Tensor& map) const;
  /// forward() at S anchors alone: `image` [S] in [0, B), `anchor` [S] in [0, H * W * A) -> logits [S], deltas [S, 4].
  /// A loss on a few hundred of all anchors has the same gradient through it, at a small part of the cost.
  Output sampled(const Tensor& map, const Tensor& image, const Tensor& anchor) const;

 private:
  std::int64_t anchors_;
  std::shared_ptr<Convolution> conv_, cls_logits_, bbox_pred_;
};

}  // namespace longtail

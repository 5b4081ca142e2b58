#pragma once

#include <longtail/rng.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/data/instance_batch.h"
#include "core/models/mask_rcnn/anchors.h"
#include "core/models/mask_rcnn/rpn_head.h"
#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// Region proposal network (Ren et al., NIPS 2015) over a feature pyramid.
class Rpn final : public Module {
 public:
  Rpn(RpnConfig config, std::int64_t channels, const std::vector<std::int64_t>& strides);

  /// What the head says of the anchors of one level.
  struct Level {
    Tensor logits;   // [B, A_l]
    Tensor deltas;   // [B, A_l, 4]
    Tensor anchors;  // [A_l, 4]
    AnchorGenerator::Size cells;
  };
  /// Of every anchor, without gradient. `padded` is the size of the batch's images.
  std::vector<Level> predict(const std::vector<Tensor>& maps, AnchorGenerator::Size padded) const;
  /// Boxes [K, 4] of each image, best first, inside the image, without gradient.
  std::vector<Tensor> proposals(const std::vector<Level>& levels, const std::vector<InputImage>& inputs,
                                bool training) const;

  struct Losses {
    Tensor objectness;
    Tensor boxes;
  };
  /// Over sampled anchors, divided by their number. `maps` with gradient.
  Losses losses(const std::vector<Tensor>& maps, const std::vector<Level>& levels,
                const std::vector<InputImage>& inputs, const std::vector<InstanceTargets>& targets, Rng& rng) const;

 private:
  RpnConfig config_;
  AnchorGenerator anchors_;
  std::shared_ptr<RpnHead> head_;
};

}  // namespace longtail

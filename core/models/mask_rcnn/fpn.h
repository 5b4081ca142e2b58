#pragma once

#include <longtail/backbone.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/models/mask_rcnn/layers.h"
#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// Feature pyramid network (Lin et al., CVPR 2017): each stage joined by the enlarged coarser levels, then smoothed.
class Fpn final : public Module {
 public:
  /// Throws ConfigError where `levels` is less than the number of stages.
  Fpn(const std::vector<Backbone::Stage>& stages, const FpnConfig& config);

  /// One map a stage -> one a level [B, channels, ceil(H / stride), ceil(W / stride)], finest first.
  std::vector<Tensor> forward(const std::vector<Tensor>& stages) const;
  /// Of each level, in pixels.
  const std::vector<std::int64_t>& strides() const { return strides_; }

 private:
  std::vector<std::shared_ptr<Convolution>> inner_;  // 1x1, from the stages' channels
  std::vector<std::shared_ptr<Convolution>> layer_;  // 3x3
  std::vector<std::int64_t> strides_;
};

}  // namespace longtail

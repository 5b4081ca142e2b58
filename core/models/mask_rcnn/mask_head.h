#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/models/mask_rcnn/layers.h"
#include "core/models/mask_rcnn_config.h"
#include "core/models/normed_conv2d.h"

namespace longtail {

/// The convolutions before the mask is enlarged.
class MaskHead final : public Module {
 public:
  MaskHead(const MaskHeadConfig& config, std::int64_t in_channels);
  /// [N, in_channels, size, size] -> [N, channels, size, size].
  Tensor forward(const Tensor& features) const;
  std::int64_t channels() const { return channels_; }

 private:
  std::vector<std::shared_ptr<Convolution>> convs_;
  std::int64_t channels_;
};

/// A transposed convolution to twice the size, then a map a class, of which one a region is computed.
class MaskPredictor final : public Module {
 public:
  MaskPredictor(const MaskHeadConfig& config, std::int64_t in_channels, std::int64_t num_classes);
  /// features [N, in_channels, size, size], labels [N] int64 in [0, C) -> logits [N, 2 size, 2 size].
  Tensor forward(const Tensor& features, const Tensor& labels) const;

 private:
  Tensor up_weight_, up_bias_;  // [in, channels, 2, 2], [channels]
  std::shared_ptr<Convolution> linear_;
  std::shared_ptr<NormedConv2d> cosine_;
};

}  // namespace longtail

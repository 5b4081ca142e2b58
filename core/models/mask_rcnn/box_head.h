#pragma once

#include <longtail/paradigm.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "core/models/mask_rcnn/layers.h"
#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// Two fully connected layers that classes and boxes share.
class BoxHead final : public Module {
 public:
  BoxHead(const BoxHeadConfig& config, std::int64_t in_channels);
  /// [N, in_channels, size, size] -> [N, config.channels].
  Tensor forward(const Tensor& features) const;

 private:
  std::shared_ptr<FullyConnected> fc6_, fc7_;
};

/// Class logits and box deltas of a region.
class BoxPredictor final : public Module {
 public:
  BoxPredictor(const BoxHeadConfig& config, std::int64_t num_logits, std::int64_t num_deltas);
  /// [N, config.channels] -> logits, deltas and the input as `hidden`.
  HeadOutput forward(const Tensor& hidden) const;
  void set_classifier_bias(const Tensor& bias);

 private:
  std::function<Tensor(const Tensor&)> classify_;
  Tensor classifier_bias_;
  std::shared_ptr<FullyConnected> bbox_pred_;
};

}  // namespace longtail

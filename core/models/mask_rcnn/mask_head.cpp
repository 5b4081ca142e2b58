#include "core/models/mask_rcnn/mask_head.h"

#include <string>

#include "core/ops/class_masks.h"
#include "core/ops/upsample_conv.h"

namespace longtail {

MaskHead::MaskHead(const MaskHeadConfig& config, std::int64_t in_channels) : channels_(in_channels) {
  for (std::int64_t i = 1; i <= config.convs; ++i) {
    const auto conv = std::make_shared<Convolution>(channels_, config.channels, 3);
    start_kaiming(conv->weight);
    convs_.push_back(register_module("mask_fcn" + std::to_string(i), conv));
    channels_ = config.channels;
  }
}

Tensor MaskHead::forward(const Tensor& features) const {
  Tensor x = features;
  for (const auto& conv : convs_) x = conv->forward(x).relu_();
  return x;
}

MaskPredictor::MaskPredictor(const MaskHeadConfig& config, std::int64_t in_channels, std::int64_t num_classes) {
  const auto up = register_module("conv5_mask", std::make_shared<Module>());
  up_weight_ = up->register_parameter("weight", at::empty({in_channels, config.channels, 2, 2}));
  up_bias_ = up->register_parameter("bias", at::zeros({config.channels}));
  start_kaiming(up_weight_);
  if (config.predictor == "cosine") {
    cosine_ = register_module("mask_fcn_logits",
                              std::make_shared<NormedConv2d>(config.channels, num_classes, config.temperature));
  } else {
    linear_ = register_module("mask_fcn_logits", std::make_shared<Convolution>(config.channels, num_classes, 1));
    start_kaiming(linear_->weight);
  }
}

Tensor MaskPredictor::forward(const Tensor& features, const Tensor& labels) const {
  if (linear_) return upsampled_class_masks(features, up_weight_, up_bias_, linear_->weight, linear_->bias, labels);
  const Tensor enlarged = upsample_conv(features, up_weight_, up_bias_).relu();
  return class_masks(cosine_->directions(enlarged), cosine_->directions(), cosine_->bias, labels);
}

}  // namespace longtail

#include "core/models/mask_rcnn/box_head.h"

#include <c10/core/GradMode.h>

#include "core/models/normed_linear.h"

namespace longtail {

BoxHead::BoxHead(const BoxHeadConfig& config, std::int64_t in_channels) {
  const std::int64_t inputs = in_channels * config.size * config.size;
  fc6_ = register_module("fc6", std::make_shared<FullyConnected>(inputs, config.channels));
  fc7_ = register_module("fc7", std::make_shared<FullyConnected>(config.channels, config.channels));
  start_xavier(fc6_->weight);
  start_xavier(fc7_->weight);
}

Tensor BoxHead::forward(const Tensor& features) const {
  return fc7_->forward(fc6_->forward(features.flatten(1)).relu_()).relu_();
}

BoxPredictor::BoxPredictor(const BoxHeadConfig& config, std::int64_t num_logits, std::int64_t num_deltas) {
  if (config.predictor == "cosine") {
    const auto layer =
        register_module("cls_score", std::make_shared<NormedLinear>(config.channels, num_logits, config.temperature));
    classifier_bias_ = layer->bias;
    classify_ = [layer](const Tensor& hidden) { return layer->forward(hidden); };
  } else {
    const auto layer = register_module("cls_score", std::make_shared<FullyConnected>(config.channels, num_logits));
    start_normal(layer->weight, 0.01);
    classifier_bias_ = layer->bias;
    classify_ = [layer](const Tensor& hidden) { return layer->forward(hidden); };
  }
  bbox_pred_ = register_module("bbox_pred", std::make_shared<FullyConnected>(config.channels, num_deltas));
  start_normal(bbox_pred_->weight, 0.001);
}

HeadOutput BoxPredictor::forward(const Tensor& hidden) const {
  return {classify_(hidden), bbox_pred_->forward(hidden), hidden};
}

void BoxPredictor::set_classifier_bias(const Tensor& bias) {
  const c10::NoGradGuard no_grad;
  classifier_bias_.copy_(bias);
}

}  // namespace longtail

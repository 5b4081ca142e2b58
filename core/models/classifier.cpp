#include "core/models/classifier.h"

#include <c10/core/GradMode.h>
#include <torch/nn/modules/linear.h>

#include "core/models/normed_linear.h"

namespace longtail {
namespace {

void set_bias(Tensor bias, const Tensor& value) {
  if (!value.defined()) return;
  const c10::NoGradGuard no_grad;
  bias.copy_(value);
}

}  // namespace

Classifier::Classifier(Parts parts) : parts_(std::move(parts)) {
  register_module("backbone", parts_.backbone);
  const std::int64_t features = feature_channels(*parts_.backbone);
  const std::int64_t logits = parts_.loss->num_logits();
  if (parts_.classifier == "cosine") {
    auto layer = register_module("classifier", std::make_shared<NormedLinear>(features, logits));
    set_bias(layer->bias, parts_.loss->initial_bias());
    head_ = [layer](const Tensor& feature) { return HeadOutput{layer->forward(feature), {}, feature}; };
  } else {
    torch::nn::Linear layer(features, logits);
    register_module("classifier", layer);
    set_bias(layer->bias, parts_.loss->initial_bias());
    head_ = [layer](const Tensor& feature) mutable { return HeadOutput{layer->forward(feature), {}, feature}; };
  }
  register_module("paradigm", parts_.paradigm);
  register_module("loss", parts_.loss);
}

std::vector<ParadigmStep> Classifier::forward(const Tensor& images) {
  return parts_.paradigm->forward(parts_.backbone->pooled(images), head_);
}

}  // namespace longtail

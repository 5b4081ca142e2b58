#include "core/models/mask_rcnn/layers.h"

#include <torch/nn/init.h>

namespace longtail {

Convolution::Convolution(std::int64_t in, std::int64_t out, std::int64_t kernel) : padding_(kernel / 2) {
  const Tensor values = at::empty({out, in, kernel, kernel}, at::MemoryFormat::ChannelsLast);
  weight = register_parameter("weight", values);
  bias = register_parameter("bias", at::zeros({out}));
}

Tensor Convolution::forward(const Tensor& x) const {
  // For an empty batch LibTorch flattens the weight, which it cannot do to one that lies channels-last.
  const Tensor kernel = x.size(0) > 0 ? weight : weight.contiguous();
  return at::conv2d(x, kernel, bias, {1, 1}, {padding_, padding_});
}

FullyConnected::FullyConnected(std::int64_t in, std::int64_t out) {
  weight = register_parameter("weight", at::empty({out, in}));
  bias = register_parameter("bias", at::zeros({out}));
}

void start_normal(const Tensor& weight, double std) { torch::nn::init::normal_(weight, 0.0, std); }
void start_xavier(const Tensor& weight) { torch::nn::init::xavier_uniform_(weight); }
void start_kaiming(const Tensor& weight) {
  torch::nn::init::kaiming_normal_(weight, 0.0, torch::kFanOut, torch::kReLU);
}

}  // namespace longtail

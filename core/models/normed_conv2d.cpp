#include "core/models/normed_conv2d.h"

#include <torch/nn/init.h>

namespace longtail {
namespace {

// Keeps a zero vector at zero instead of dividing by zero.
constexpr double kEpsilon = 1e-6;

Tensor normalised(const Tensor& x) { return x / (x.norm(2, 1, /*keepdim=*/true) + kEpsilon); }

}  // namespace

NormedConv2d::NormedConv2d(std::int64_t in_channels, std::int64_t out_channels, double temperature)
    : temperature_(temperature) {
  weight = register_parameter("weight", at::empty({out_channels, in_channels, 1, 1}));
  bias = register_parameter("bias", at::zeros({out_channels}));
  torch::nn::init::kaiming_normal_(weight, 0.0, torch::kFanOut, torch::kReLU);
}

Tensor NormedConv2d::directions(const Tensor& x) const { return normalised(x) * temperature_; }
Tensor NormedConv2d::directions() const { return normalised(weight); }
Tensor NormedConv2d::forward(const Tensor& x) const { return at::conv2d(directions(x), directions(), bias); }

}  // namespace longtail

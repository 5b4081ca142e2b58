#include "core/models/normed_linear.h"

#include <torch/nn/init.h>

namespace longtail {
namespace {

// Keeps a zero vector at zero instead of dividing by zero.
constexpr double kEpsilon = 1e-6;

Tensor normalised(const Tensor& rows) { return rows / (rows.norm(2, 1, /*keepdim=*/true) + kEpsilon); }

}  // namespace

NormedLinear::NormedLinear(std::int64_t in_features, std::int64_t out_features, double temperature)
    : temperature_(temperature) {
  weight = register_parameter("weight", at::empty({out_features, in_features}));
  bias = register_parameter("bias", at::zeros({out_features}));
  torch::nn::init::normal_(weight, 0.0, 0.01);
}

Tensor NormedLinear::forward(const Tensor& input) {
  return at::linear(normalised(input) * temperature_, normalised(weight), bias);
}

}  // namespace longtail

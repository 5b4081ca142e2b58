#pragma once

#include <cmath>
#include <cstdint>

#include <longtail/module.h>

namespace longtail {

/// y = x W^T + b with the usual start: uniform within 1 / sqrt(inputs).
class Linear final : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out) {
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    weight = register_parameter("weight", at::empty({out, in}).uniform_(-bound, bound));
    bias = register_parameter("bias", at::empty({out}).uniform_(-bound, bound));
  }

  /// x [N, in] -> [N, out].
  Tensor operator()(const Tensor& x) const { return at::linear(x, weight, bias); }

  Tensor weight, bias;
};

}  // namespace longtail

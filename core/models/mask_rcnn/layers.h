#pragma once

#include <longtail/module.h>

#include <cstdint>

namespace longtail {

/// A convolution with bias, stride 1 and padding that keeps the size. The weight lies channels-last, the layout that
/// convolutions on CPUs and tensor cores are fastest in. Not initialised.
class Convolution final : public Module {
 public:
  Convolution(std::int64_t in, std::int64_t out, std::int64_t kernel);
  /// [B, in, H, W] -> [B, out, H, W].
  Tensor forward(const Tensor& x) const;

  Tensor weight;  // [out, in, kernel, kernel]
  Tensor bias;    // [out], zeros

 private:
  std::int64_t padding_;
};

/// y = x W^T + b. Not initialised.
class FullyConnected final : public Module {
 public:
  FullyConnected(std::int64_t in, std::int64_t out);
  /// [N, in] -> [N, out].
  Tensor forward(const Tensor& x) const { return at::linear(x, weight, bias); }

  Tensor weight;  // [out, in]
  Tensor bias;    // [out], zeros
};

// What weights start from.
void start_normal(const Tensor& weight, double std);
/// Glorot and Bengio, uniform.
void start_xavier(const Tensor& weight);
/// He et al., normal, over the outgoing connections.
void start_kaiming(const Tensor& weight);

}  // namespace longtail

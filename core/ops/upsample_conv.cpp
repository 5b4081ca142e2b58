#include "core/ops/upsample_conv.h"

#include <cstdint>

#include <ATen/ATen.h>

namespace longtail {

using at::Tensor;

Tensor upsample_conv_quads(const Tensor& features, const Tensor& weight, const Tensor& bias) {
  const std::int64_t in = weight.size(0), out = weight.size(1);
  const Tensor pointwise = weight.permute({2, 3, 1, 0}).reshape({4 * out, in, 1, 1});
  return at::conv2d(features, pointwise, bias.repeat({4}));
}

Tensor upsample_conv(const Tensor& features, const Tensor& weight, const Tensor& bias) {
  const std::int64_t count = features.size(0), out = weight.size(1), height = features.size(2),
                     width = features.size(3);
  const Tensor quads = upsample_conv_quads(features, weight, bias).view({count, 2, 2, out, height, width});
  // In memory [N, H, dy, W, dx, L].
  const Tensor pixels = quads.permute({0, 4, 1, 5, 2, 3}).contiguous().view({count, 2 * height, 2 * width, out});
  return pixels.permute({0, 3, 1, 2});
}

}  // namespace longtail

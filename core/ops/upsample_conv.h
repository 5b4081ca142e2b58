#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

namespace longtail {

/// The transposed convolution of kernel 2 and stride 2, which on CPUs is many times faster as what it is: one 1x1
/// convolution to four times the channels, whose outputs are the four pixels that an input pixel becomes. features
/// [N, K, H, W], weight [K, L, 2, 2] (the layout of ConvTranspose2d), bias [L] -> [N, L, 2 H, 2 W], channels-last.
LONGTAIL_API at::Tensor upsample_conv(const at::Tensor& features, const at::Tensor& weight, const at::Tensor& bias);

/// The same before the pixels are put in their places: [N, 4 L, H, W], channel (2 dy + dx) L + l is the pixel at
/// (2 y + dy, 2 x + dx).
LONGTAIL_API at::Tensor upsample_conv_quads(const at::Tensor& features, const at::Tensor& weight,
                                            const at::Tensor& bias);

}  // namespace longtail

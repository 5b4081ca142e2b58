#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

namespace longtail {

// The last layers of a mask head, for one class an instance: with 1,231 classes and one map used of each instance's,
// computing the others would cost more than the rest of the head.

/// The 1x1 convolution to the maps of C classes, of which only labels[n]'s is computed. features [N, K, S, S], weight
/// [C, K, 1, 1], bias [C], labels [N] int64 in [0, C) -> logits [N, S, S]. Differentiable in features, weight and bias.
LONGTAIL_API at::Tensor class_masks(const at::Tensor& features, const at::Tensor& weight, const at::Tensor& bias,
                                    const at::Tensor& labels);

/// class_masks(relu(upsample_conv(features, up_weight, up_bias)), weight, bias, labels), without writing the enlarged
/// map down: features [N, K, S, S], up_weight [K, L, 2, 2], up_bias [L], weight [C, L, 1, 1] -> [N, 2 S, 2 S].
LONGTAIL_API at::Tensor upsampled_class_masks(const at::Tensor& features, const at::Tensor& up_weight,
                                              const at::Tensor& up_bias, const at::Tensor& weight,
                                              const at::Tensor& bias, const at::Tensor& labels);

}  // namespace longtail

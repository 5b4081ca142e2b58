#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>
#include <longtail/loss.h>

namespace longtail {

/// -sum_j t_j log softmax(z)_j of each sample, [N], against targets that are one-hot but for some samples. logits
/// [N, C] and labels [N] int64 in [0, C). Differentiable in the logits, on the CPU once: there the logits come from
/// memory once forward and once backward, and no matrix of targets or probabilities is made, for at these sizes time is
/// what goes through memory. c10::Error for a label or an index that is out of bounds.
LONGTAIL_API at::Tensor mixed_cross_entropy(const at::Tensor& logits, const at::Tensor& labels,
                                            const MixedTargets& targets);

/// The same of LibTorch's operations, for other devices and types.
LONGTAIL_API at::Tensor mixed_cross_entropy_composed(const at::Tensor& logits, const at::Tensor& labels,
                                                     const MixedTargets& targets);

}  // namespace longtail

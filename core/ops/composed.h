#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

#include <vector>

#include "core/ops/roi_align.h"

namespace longtail {

// What devices without kernels of ours run: compositions of LibTorch's operations, which it differentiates itself. The
// arguments are those of the operations they stand for.

LONGTAIL_API at::Tensor roi_align_composed(const std::vector<at::Tensor>& features, const std::vector<double>& scales,
                                           const at::Tensor& rois, const at::Tensor& levels,
                                           const RoiAlignOptions& options);

LONGTAIL_API at::Tensor box_iou_composed(const at::Tensor& a, const at::Tensor& b);

/// rows [N, P, K] . weights [N, K] + biases [N] -> [N, P], of the positive parts of the rows where `rectify`.
LONGTAIL_API at::Tensor dot_rows_composed(const at::Tensor& rows, const at::Tensor& weights, const at::Tensor& biases,
                                          bool rectify);

}  // namespace longtail

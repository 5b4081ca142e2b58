#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

namespace longtail {

/// Greedy non-maximum suppression. boxes [N, 4] (x1, y1, x2, y2), scores [N], labels [N] int64: boxes of different
/// labels (classes, or pyramid levels) do not suppress each other. Returns the indices [K] int64 of the boxes kept,
/// highest score first, equal scores by lower index first. A box is dropped where its IoU with a kept one is above
/// `iou`. At most `max_kept` (0: all).
LONGTAIL_API at::Tensor batched_nms(const at::Tensor& boxes, const at::Tensor& scores, const at::Tensor& labels,
                                    double iou, std::int64_t max_kept = 0);

}  // namespace longtail

#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

#include <array>
#include <cstdint>

namespace longtail {

// Boxes are (x1, y1, x2, y2) in pixels, no 1 added to widths.

/// [N, 4] -> [N].
LONGTAIL_API at::Tensor box_area(const at::Tensor& boxes);
/// a [N, 4], b [M, 4] -> [N, M]; 0 where the union is empty.
LONGTAIL_API at::Tensor box_iou(const at::Tensor& a, const at::Tensor& b);
/// [..., 4], inside [0, width] x [0, height].
LONGTAIL_API at::Tensor clip_boxes(const at::Tensor& boxes, double height, double width);

/// Boxes relative to reference boxes: centre offset over size, logarithm of the size's ratio, minus `means`, over
/// `stds`.
struct LONGTAIL_API BoxCoder {
  std::array<double, 4> means{0, 0, 0, 0};
  std::array<double, 4> stds{1, 1, 1, 1};
  double max_log_ratio = 4.135166556742356;  // |log(1000 / 16)|
  bool clamp_below = true;                   // mmdetection clamps dw and dh on both sides, torchvision above only

  /// references and boxes [N, 4] -> deltas [N, 4].
  at::Tensor encode(const at::Tensor& references, const at::Tensor& boxes) const;
  /// references [N, 4], deltas [N, 4 * K] -> boxes [N, 4 * K].
  at::Tensor decode(const at::Tensor& references, const at::Tensor& deltas) const;
};

}  // namespace longtail

#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

#include <cstdint>
#include <vector>

namespace longtail {

struct RoiAlignOptions {
  std::int64_t output_size = 7;     // S
  std::int64_t sampling_ratio = 0;  // samples a bin and direction; 0: as many as the bin has pixels, rounded up
  bool aligned = true;  // half a pixel is taken off the coordinates (mmdetection; torchvision's detectors: false)
};

/// RoIAlign (He et al., ICCV 2017) from a pyramid in one call: features[l] [B, C, H_l, W_l], float or double, scaled by
/// scales[l] relative to the image; rois [N, 5] (batch index, x1, y1, x2, y2) in image pixels; levels [N] int64, which
/// map each RoI is taken from -> [N, C, S, S], channels-last. Differentiable in the features. Parallel kernels on CPUs,
/// a composition of tensor operations elsewhere.
LONGTAIL_API at::Tensor roi_align(const std::vector<at::Tensor>& features, const std::vector<double>& scales,
                                  const at::Tensor& rois, const at::Tensor& levels, const RoiAlignOptions& options);

}  // namespace longtail

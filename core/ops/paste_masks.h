#pragma once

#include <ATen/core/Tensor.h>
#include <longtail/export.h>

#include <cstdint>
#include <vector>

#include "core/annotations/rle.h"

namespace longtail {

enum class PasteMode {
  grid,     // mmdetection: bilinear samples at pixel centres, zeros outside
  corners,  // torchvision: one pixel of zeros around the mask, boxes widened to integer corners, scaled bilinearly
};

/// masks [N, S, S], probabilities; boxes [N, 4] in pixels of a height x width image -> one run-length mask each, of the
/// pixels above (grid: at or above) `threshold`. Works inside the boxes only; parallel over the masks.
LONGTAIL_API std::vector<Rle> paste_masks(const at::Tensor& masks, const at::Tensor& boxes, std::int32_t height,
                                          std::int32_t width, double threshold = 0.5, PasteMode mode = PasteMode::grid);

}  // namespace longtail

#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/annotations/rle.h"

namespace longtail {

/// What was found on one image, highest score first; in pixels of the ORIGINAL image. On the CPU.
struct Detections {
  at::Tensor boxes;        // [D, 4] float, x1 y1 x2 y2
  at::Tensor scores;       // [D] float
  at::Tensor labels;       // [D] int64
  std::vector<Rle> masks;  // [D]
};

}  // namespace longtail

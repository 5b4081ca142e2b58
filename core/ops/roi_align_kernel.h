#pragma once

#include <cstdint>
#include <vector>

#include "core/ops/roi_align_taps.h"

namespace longtail {

/// A batch of maps in memory: [batch, height, width, channels].
template <class T>
struct PyramidLevel {
  T* data = nullptr;
  std::int64_t height = 0, width = 0;
};

/// What RoIAlign's forward and backward passes share.
template <class T>
struct RoiPlan {
  struct Roi {
    std::int64_t level = 0, image = 0;
    RoiTaps<T> taps;
  };
  std::vector<Roi> rois;
  std::int64_t bins = 0, channels = 0, batch = 0;
};

/// out [rois, bins, bins, channels], overwritten. Parallel over the RoIs.
template <class T>
void roi_align_forward(const RoiPlan<T>& plan, const std::vector<PyramidLevel<const T>>& levels, T* out);

/// The gradients of the maps, overwritten, from that of the output. Parallel over bands of their rows, each of which
/// adds its RoIs in order: the sums do not depend on the number of threads.
template <class T>
void roi_align_backward(const RoiPlan<T>& plan, const T* grad_out, const std::vector<PyramidLevel<T>>& levels);

}  // namespace longtail

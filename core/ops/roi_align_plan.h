#pragma once

#include <vector>

#include "core/ops/roi_align.h"
#include "core/ops/roi_align_kernel.h"

namespace longtail {

/// roi_align()'s arguments as taps, worked out on the CPU. Throws c10::Error for wrong shapes and c10::IndexError for a
/// RoI of a level or an image that is not there.
template <class T>
RoiPlan<T> plan_roi_align(const std::vector<at::Tensor>& features, const std::vector<double>& scales,
                          const at::Tensor& rois, const at::Tensor& levels, const RoiAlignOptions& options);

extern template RoiPlan<float> plan_roi_align(const std::vector<at::Tensor>&, const std::vector<double>&,
                                              const at::Tensor&, const at::Tensor&, const RoiAlignOptions&);
extern template RoiPlan<double> plan_roi_align(const std::vector<at::Tensor>&, const std::vector<double>&,
                                               const at::Tensor&, const at::Tensor&, const RoiAlignOptions&);

}  // namespace longtail

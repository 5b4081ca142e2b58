#include "core/ops/roi_align_plan.h"

#include <ATen/ATen.h>

namespace longtail {
namespace {

using at::Tensor;

void check(const std::vector<Tensor>& features, const std::vector<double>& scales, const Tensor& rois,
           const Tensor& levels, const RoiAlignOptions& options) {
  TORCH_CHECK(!features.empty() && features.size() == scales.size(),
              "roi_align: one scale for each feature map, but there are ", scales.size(), " and ", features.size());
  TORCH_CHECK(rois.dim() == 2 && rois.size(1) == 5 && levels.dim() == 1 && levels.size(0) == rois.size(0),
              "roi_align: rois [N, 5] and levels [N], but there are ", rois.sizes(), " and ", levels.sizes());
  TORCH_CHECK(options.output_size > 0, "roi_align: output_size must be positive");
}

}  // namespace

template <class T>
RoiPlan<T> plan_roi_align(const std::vector<Tensor>& features, const std::vector<double>& scales, const Tensor& rois,
                          const Tensor& levels, const RoiAlignOptions& options) {
  check(features, scales, rois, levels, options);
  RoiPlan<T> plan;
  plan.bins = options.output_size;
  plan.batch = features[0].size(0);
  plan.channels = features[0].size(1);
  const Tensor rows = rois.detach().to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
  const Tensor numbers = levels.to(at::kCPU, at::kLong).contiguous();
  const auto num_levels = static_cast<std::int64_t>(features.size());
  plan.rois.resize(static_cast<std::size_t>(rows.size(0)));
  for (std::int64_t n = 0; n < rows.size(0); ++n) {
    const T* row = rows.data_ptr<T>() + 5 * n;
    const std::int64_t level = numbers.data_ptr<std::int64_t>()[n];
    TORCH_CHECK_INDEX(level >= 0 && level < num_levels, "roi_align: RoI ", n, " is of level ", level, " of ",
                      num_levels);
    TORCH_CHECK_INDEX(row[0] >= 0 && row[0] < static_cast<T>(plan.batch), "roi_align: RoI ", n, " is of image ", row[0],
                      " of ", plan.batch);
    const auto l = static_cast<std::size_t>(level);
    const RoiGrid grid{features[l].size(2), features[l].size(3),    scales[l],
                       plan.bins,           options.sampling_ratio, options.aligned};
    plan.rois[static_cast<std::size_t>(n)] = {level, static_cast<std::int64_t>(row[0]), roi_taps(row + 1, grid)};
  }
  return plan;
}

template RoiPlan<float> plan_roi_align(const std::vector<Tensor>&, const std::vector<double>&, const Tensor&,
                                       const Tensor&, const RoiAlignOptions&);
template RoiPlan<double> plan_roi_align(const std::vector<Tensor>&, const std::vector<double>&, const Tensor&,
                                        const Tensor&, const RoiAlignOptions&);

}  // namespace longtail

#include "core/ops/composed.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/ops/boxes.h"
#include "core/ops/roi_align_plan.h"

namespace longtail {
namespace {

using at::Tensor;

/// One axis's taps as matrices [RoIs, bins, size].
Tensor dense_taps(const RoiPlan<float>& plan, const std::vector<std::int64_t>& rows, bool vertical, std::int64_t size) {
  const Tensor matrix = at::zeros({static_cast<std::int64_t>(rows.size()), plan.bins, size}, at::kFloat);
  auto values = matrix.accessor<float, 3>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RoiTaps<float>& taps = plan.rois[static_cast<std::size_t>(rows[i])].taps;
    for (const Tap<float>& tap : vertical ? taps.y : taps.x) {
      values[static_cast<std::int64_t>(i)][tap.bin][tap.pixel] = tap.weight;
    }
  }
  return matrix;
}

/// Some RoIs of one map [C, H, W]: two products with the matrices of their taps -> [RoIs, C, S, S].
Tensor align_by_products(const RoiPlan<float>& plan, const std::vector<std::int64_t>& rows, const Tensor& map) {
  const std::int64_t channels = map.size(0), height = map.size(1), width = map.size(2);
  const auto count = static_cast<std::int64_t>(rows.size());
  const Tensor across = dense_taps(plan, rows, false, width).to(map.options());
  const Tensor down = dense_taps(plan, rows, true, height).to(map.options());
  const Tensor lines = across.view({count * plan.bins, width}).matmul(map.reshape({channels * height, width}).t());
  const Tensor columns = lines.view({count, plan.bins, channels, height}).permute({0, 3, 2, 1});  // [N, H, C, S]
  const Tensor out = down.bmm(columns.reshape({count, height, channels * plan.bins}));
  return out.view({count, plan.bins, channels, plan.bins}).permute({0, 2, 1, 3});
}

/// The RoIs of one image and level.
std::vector<std::int64_t> rois_of(const RoiPlan<float>& plan, std::int64_t level, std::int64_t image) {
  std::vector<std::int64_t> rows;
  for (std::size_t n = 0; n < plan.rois.size(); ++n) {
    if (plan.rois[n].level == level && plan.rois[n].image == image) rows.push_back(static_cast<std::int64_t>(n));
  }
  return rows;
}

}  // namespace

Tensor roi_align_composed(const std::vector<Tensor>& features, const std::vector<double>& scales, const Tensor& rois,
                          const Tensor& levels, const RoiAlignOptions& options) {
  constexpr std::int64_t kMaxValues = std::int64_t{1} << 26;  // between the two products
  const RoiPlan<float> plan = plan_roi_align<float>(features, scales, rois, levels, options);
  const Tensor& like = features[0];
  std::vector<Tensor> parts = {at::zeros({0, plan.channels, plan.bins, plan.bins}, like.options())};
  std::vector<std::int64_t> place(plan.rois.size());
  std::int64_t placed = 0;
  for (std::size_t l = 0; l < features.size(); ++l) {
    const std::int64_t values = plan.bins * plan.channels * features[l].size(2);
    const auto limit =
        static_cast<std::size_t>(std::max<std::int64_t>(1, kMaxValues / std::max<std::int64_t>(1, values)));
    for (std::int64_t image = 0; image < plan.batch; ++image) {
      const std::vector<std::int64_t> rows = rois_of(plan, static_cast<std::int64_t>(l), image);
      for (const std::int64_t n : rows) place[static_cast<std::size_t>(n)] = placed++;
      for (std::size_t first = 0; first < rows.size(); first += limit) {
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
        const auto end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(first + limit, rows.size()));
        parts.push_back(align_by_products(plan, {begin, end}, features[l][image]));
      }
    }
  }
  const Tensor order = at::tensor(place, at::kLong).to(like.device());
  return at::cat(parts).index_select(0, order).contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor box_iou_composed(const Tensor& a, const Tensor& b) {
  const Tensor top_left = at::maximum(a.unsqueeze(1).narrow(-1, 0, 2), b.unsqueeze(0).narrow(-1, 0, 2));
  const Tensor bottom_right = at::minimum(a.unsqueeze(1).narrow(-1, 2, 2), b.unsqueeze(0).narrow(-1, 2, 2));
  const Tensor intersection = (bottom_right - top_left).clamp_min(0).prod(-1);
  const Tensor both = box_area(a).unsqueeze(1) + box_area(b).unsqueeze(0) - intersection;
  return at::where(both > 0, intersection / both, at::zeros_like(both));
}

Tensor dot_rows_composed(const Tensor& rows, const Tensor& weights, const Tensor& biases, bool rectify) {
  return (rectify ? rows.relu() : rows).bmm(weights.unsqueeze(2)).squeeze(2) + biases.unsqueeze(1);
}

}  // namespace longtail

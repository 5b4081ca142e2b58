#include "core/ops/roi_align.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>

#include "core/ops/roi_align_kernel.h"

namespace longtail {
namespace {

using at::Tensor;
using torch::autograd::variable_list;

struct Inputs {
  const std::vector<Tensor>& features;
  const std::vector<double>& scales;
  Tensor rois, levels;  // on the CPU
  RoiAlignOptions options;

  std::int64_t count() const { return rois.size(0); }
};

void check(const Inputs& in) {
  TORCH_CHECK(!in.features.empty() && in.features.size() == in.scales.size(),
              "roi_align: one scale for each feature map, but there are ", in.scales.size(), " and ",
              in.features.size());
  TORCH_CHECK(in.rois.dim() == 2 && in.rois.size(1) == 5 && in.levels.dim() == 1 && in.levels.size(0) == in.count(),
              "roi_align: rois [N, 5] and levels [N], but there are ", in.rois.sizes(), " and ", in.levels.sizes());
  TORCH_CHECK(in.options.output_size > 0, "roi_align: output_size must be positive");
}

template <class T>
std::shared_ptr<const RoiPlan<T>> make_plan(const Inputs& in) {
  auto plan = std::make_shared<RoiPlan<T>>();
  plan->bins = in.options.output_size;
  plan->batch = in.features[0].size(0);
  plan->channels = in.features[0].size(1);
  plan->rois.resize(static_cast<std::size_t>(in.count()));
  const Tensor rois = in.rois.to(c10::CppTypeToScalarType<T>::value).contiguous();
  const auto* levels = in.levels.data_ptr<std::int64_t>();
  const auto num_levels = static_cast<std::int64_t>(in.features.size());
  for (std::int64_t n = 0; n < in.count(); ++n) {
    const T* row = rois.data_ptr<T>() + 5 * n;
    auto& roi = plan->rois[static_cast<std::size_t>(n)];
    TORCH_CHECK_INDEX(levels[n] >= 0 && levels[n] < num_levels, "roi_align: RoI ", n, " is of level ", levels[n],
                      " of ", num_levels);
    TORCH_CHECK_INDEX(row[0] >= 0 && row[0] < static_cast<T>(plan->batch), "roi_align: RoI ", n, " is of image ",
                      row[0], " of ", plan->batch);
    roi.level = levels[n];
    roi.image = static_cast<std::int64_t>(row[0]);
    const Tensor& map = in.features[static_cast<std::size_t>(roi.level)];
    roi.taps = roi_taps(row + 1, RoiGrid{map.size(2), map.size(3), in.scales[static_cast<std::size_t>(roi.level)],
                                         plan->bins, in.options.sampling_ratio, in.options.aligned});
  }
  return plan;
}

template <class T>
struct RoiAlignBackward final : torch::autograd::Node {
  std::shared_ptr<const RoiPlan<T>> plan;
  std::vector<std::vector<std::int64_t>> sizes;

  variable_list apply(variable_list&& grads) override {
    TORCH_CHECK(!(at::GradMode::is_enabled() && grads[0].requires_grad()), "roi_align: no second derivative");
    variable_list result;
    if (!grads[0].defined()) return variable_list(sizes.size());
    const Tensor grad = grads[0].permute({0, 2, 3, 1}).contiguous();
    std::vector<PyramidLevel<T>> levels;
    for (const auto& size : sizes) {
      result.push_back(at::empty(size, grad.options(), at::MemoryFormat::ChannelsLast));
      levels.push_back({result.back().template data_ptr<T>(), size[2], size[3]});
    }
    roi_align_backward(*plan, grad.template data_ptr<T>(), levels);
    return result;
  }
};

template <class T>
Tensor roi_align_cpu(const Inputs& in) {
  const auto plan = make_plan<T>(in);
  std::vector<Tensor> maps;
  std::vector<PyramidLevel<const T>> levels;
  for (const Tensor& feature : in.features) {
    maps.push_back(feature.detach().contiguous(at::MemoryFormat::ChannelsLast));
    levels.push_back({maps.back().data_ptr<T>(), feature.size(2), feature.size(3)});
  }
  const Tensor out = at::empty({in.count(), plan->bins, plan->bins, plan->channels}, in.features[0].options());
  roi_align_forward(*plan, levels, out.data_ptr<T>());
  Tensor result = out.permute({0, 3, 1, 2});
  if (at::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(in.features)) {
    std::shared_ptr<RoiAlignBackward<T>> node(new RoiAlignBackward<T>, torch::autograd::deleteNode);
    node->plan = plan;
    for (const Tensor& feature : in.features) node->sizes.push_back(feature.sizes().vec());
    node->set_next_edges(torch::autograd::collect_next_edges(in.features));
    torch::autograd::set_history(result, node);
  }
  return result;
}

/// The axes' taps as matrices [RoIs, bins, size].
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

/// For devices without a kernel.
Tensor roi_align_composed(const Inputs& in) {
  constexpr std::int64_t kMaxValues = std::int64_t{1} << 26;  // between the two products
  const auto plan = make_plan<float>(in);
  std::vector<Tensor> parts;
  std::vector<std::int64_t> place(static_cast<std::size_t>(in.count()));
  std::int64_t placed = 0;
  for (std::int64_t l = 0; l < static_cast<std::int64_t>(in.features.size()); ++l) {
    const Tensor& maps = in.features[static_cast<std::size_t>(l)];
    const auto limit = static_cast<std::size_t>(
        std::max<std::int64_t>(1, kMaxValues / std::max<std::int64_t>(1, plan->bins * plan->channels * maps.size(2))));
    for (std::int64_t image = 0; image < plan->batch; ++image) {
      std::vector<std::int64_t> rows;
      const auto flush = [&] {
        if (!rows.empty()) parts.push_back(align_by_products(*plan, rows, maps[image]));
        rows.clear();
      };
      for (std::size_t n = 0; n < plan->rois.size(); ++n) {
        if (plan->rois[n].level != l || plan->rois[n].image != image) continue;
        place[n] = placed++;
        rows.push_back(static_cast<std::int64_t>(n));
        if (rows.size() == limit) flush();
      }
      flush();
    }
  }
  const Tensor& like = in.features[0];
  if (parts.empty()) return at::zeros({0, plan->channels, plan->bins, plan->bins}, like.options());
  const Tensor order = at::tensor(place, at::kLong).to(like.device());
  return at::cat(parts).index_select(0, order).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

Tensor roi_align(const std::vector<Tensor>& features, const std::vector<double>& scales, const Tensor& rois,
                 const Tensor& levels, const RoiAlignOptions& options) {
  const Inputs inputs{features, scales, rois.detach().to(at::kCPU), levels.to(at::kCPU, at::kLong).contiguous(),
                      options};
  check(inputs);
  if (!features[0].device().is_cpu()) return roi_align_composed(inputs);
  if (features[0].scalar_type() == at::kDouble) return roi_align_cpu<double>(inputs);
  TORCH_CHECK(features[0].scalar_type() == at::kFloat, "roi_align: float or double features, not ",
              features[0].scalar_type());
  return roi_align_cpu<float>(inputs);
}

}  // namespace longtail

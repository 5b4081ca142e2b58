#include "core/ops/roi_align.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>
#include <utility>

#include "core/ops/composed.h"
#include "core/ops/roi_align_kernel.h"
#include "core/ops/roi_align_plan.h"

namespace longtail {
namespace {

using at::Tensor;
using torch::autograd::variable_list;

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
Tensor roi_align_cpu(const std::vector<Tensor>& features, RoiPlan<T> roi_plan) {
  const auto plan = std::make_shared<const RoiPlan<T>>(std::move(roi_plan));
  std::vector<Tensor> maps;
  std::vector<PyramidLevel<const T>> levels;
  for (const Tensor& feature : features) {
    maps.push_back(feature.detach().contiguous(at::MemoryFormat::ChannelsLast));
    levels.push_back({maps.back().data_ptr<T>(), feature.size(2), feature.size(3)});
  }
  const auto count = static_cast<std::int64_t>(plan->rois.size());
  const Tensor out = at::empty({count, plan->bins, plan->bins, plan->channels}, features[0].options());
  roi_align_forward(*plan, levels, out.data_ptr<T>());
  Tensor result = out.permute({0, 3, 1, 2});
  if (at::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(features)) {
    std::shared_ptr<RoiAlignBackward<T>> node(new RoiAlignBackward<T>, torch::autograd::deleteNode);
    node->plan = plan;
    for (const Tensor& feature : features) node->sizes.push_back(feature.sizes().vec());
    node->set_next_edges(torch::autograd::collect_next_edges(features));
    torch::autograd::set_history(result, node);
  }
  return result;
}

}  // namespace

Tensor roi_align(const std::vector<Tensor>& features, const std::vector<double>& scales, const Tensor& rois,
                 const Tensor& levels, const RoiAlignOptions& options) {
  if (!features.empty() && !features[0].device().is_cpu()) {
    return roi_align_composed(features, scales, rois, levels, options);
  }
  if (!features.empty() && features[0].scalar_type() == at::kDouble) {
    return roi_align_cpu(features, plan_roi_align<double>(features, scales, rois, levels, options));
  }
  RoiPlan<float> plan = plan_roi_align<float>(features, scales, rois, levels, options);
  TORCH_CHECK(features[0].scalar_type() == at::kFloat, "roi_align: float or double features, not ",
              features[0].scalar_type());
  return roi_align_cpu(features, std::move(plan));
}

}  // namespace longtail

#include "core/ops/roi_align.h"

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>
#include <vector>

#include "core/ops/composed.h"
#include "core/ops/roi_align_kernel.h"
#include "core/ops/roi_align_plan.h"

namespace longtail {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass is told beside tensors.
template <class T>
struct PlanAndSizes final : torch::CustomClassHolder {
  RoiPlan<T> plan;
  std::vector<std::vector<std::int64_t>> sizes;  // of the maps
};
template <class T>
using Known = c10::intrusive_ptr<PlanAndSizes<T>>;

template <class T>
struct RoiAlign final : torch::autograd::Function<RoiAlign<T>> {
  static Tensor forward(AutogradContext* context, at::TensorList features, const Known<T>& known) {
    context->saved_data[kKnown] = at::IValue::make_capsule(known);
    std::vector<Tensor> maps;
    std::vector<PyramidLevel<const T>> levels;
    for (const Tensor& feature : features) {
      maps.push_back(feature.contiguous(at::MemoryFormat::ChannelsLast));
      levels.push_back({maps.back().data_ptr<T>(), feature.size(2), feature.size(3)});
    }
    const RoiPlan<T>& plan = known->plan;
    const Tensor out = at::empty({static_cast<std::int64_t>(plan.rois.size()), plan.channels, plan.bins, plan.bins},
                                 features[0].options(), at::MemoryFormat::ChannelsLast);
    roi_align_forward(plan, levels, out.data_ptr<T>());
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    TORCH_CHECK(!(at::GradMode::is_enabled() && grads[0].requires_grad()), "roi_align: no second derivative");
    const auto capsule = context->saved_data[kKnown].toCapsule();
    const auto& known = static_cast<const PlanAndSizes<T>&>(*capsule);
    const Tensor grad = grads[0].permute({0, 2, 3, 1}).contiguous();
    variable_list result;
    std::vector<PyramidLevel<T>> levels;
    for (const auto& size : known.sizes) {
      result.push_back(at::empty(size, grad.options(), at::MemoryFormat::ChannelsLast));
      levels.push_back({result.back().template data_ptr<T>(), size[2], size[3]});
    }
    roi_align_backward(known.plan, grad.template data_ptr<T>(), levels);
    result.emplace_back();  // of what is known
    return result;
  }

  static constexpr const char* kKnown = "known";
};

template <class T>
Tensor roi_align_cpu(const std::vector<Tensor>& features, RoiPlan<T> plan) {
  const auto known = c10::make_intrusive<PlanAndSizes<T>>();
  known->plan = std::move(plan);
  for (const Tensor& feature : features) known->sizes.push_back(feature.sizes().vec());
  return RoiAlign<T>::apply(at::TensorList(features), known);
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

#include "core/ops/class_masks.h"

#include <limits>

#include <ATen/ATen.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/ops/composed.h"
#include "core/ops/upsample_conv.h"

namespace longtail {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The dot products of `pixels` rows with `weight` [size]; of their positive parts where `rectify`.
template <class T>
LONGTAIL_SIMD_INLINE void dot_rows_loop(const T* rows, const T* weight, T bias, std::int64_t pixels, std::int64_t size,
                                        bool rectify, T* out) {
  const T floor = rectify ? T(0) : -std::numeric_limits<T>::infinity();
  for (std::int64_t p = 0; p < pixels; ++p, rows += size) {
    out[p] =
        bias + sum_in_lanes<T>(size, [=](std::int64_t k) { return weight[k] * (rows[k] < floor ? floor : rows[k]); });
  }
}
LONGTAIL_SIMD void dot_rows(const float* rows, const float* weight, float bias, std::int64_t pixels, std::int64_t size,
                            bool rectify, float* out) {
  dot_rows_loop(rows, weight, bias, pixels, size, rectify, out);
}
LONGTAIL_SIMD void dot_rows(const double* rows, const double* weight, double bias, std::int64_t pixels,
                            std::int64_t size, bool rectify, double* out) {
  dot_rows_loop(rows, weight, bias, pixels, size, rectify, out);
}

/// grad_rows [pixels, size] is overwritten, grad_weight [size] added to.
template <class T>
LONGTAIL_SIMD_INLINE void dot_rows_backward_loop(const T* rows, const T* weight, const T* grad, std::int64_t pixels,
                                                 std::int64_t size, bool rectify, T* __restrict grad_rows,
                                                 T* __restrict grad_weight) {
  const T floor = rectify ? T(0) : -std::numeric_limits<T>::infinity();
  for (std::int64_t p = 0; p < pixels; ++p, rows += size, grad_rows += size) {
    const T g = grad[p];
    for (std::int64_t k = 0; k < size; ++k) {
      const T mine = rows[k] > floor ? g : T(0);
      grad_rows[k] = mine * weight[k];
      grad_weight[k] += mine * rows[k];
    }
  }
}
LONGTAIL_SIMD void dot_rows_backward(const float* rows, const float* weight, const float* grad, std::int64_t pixels,
                                     std::int64_t size, bool rectify, float* grad_rows, float* grad_weight) {
  dot_rows_backward_loop(rows, weight, grad, pixels, size, rectify, grad_rows, grad_weight);
}
LONGTAIL_SIMD void dot_rows_backward(const double* rows, const double* weight, const double* grad, std::int64_t pixels,
                                     std::int64_t size, bool rectify, double* grad_rows, double* grad_weight) {
  dot_rows_backward_loop(rows, weight, grad, pixels, size, rectify, grad_rows, grad_weight);
}

/// rows [N, P, K] . weights [N, K] + biases [N] -> [N, P], of the positive parts of the rows where `rectify`.
struct DotRows final : torch::autograd::Function<DotRows> {
  static Tensor forward(AutogradContext* context, const Tensor& rows, const Tensor& weights, const Tensor& biases,
                        bool rectify) {
    context->save_for_backward({rows, weights});
    context->saved_data["rectify"] = rectify;
    const std::int64_t pixels = rows.size(1), size = rows.size(2);
    const Tensor out = at::empty({rows.size(0), pixels}, rows.options());
    AT_DISPATCH_FLOATING_TYPES(rows.scalar_type(), "class_masks", [&] {
      const auto *r = rows.data_ptr<scalar_t>(), *w = weights.data_ptr<scalar_t>(), *b = biases.data_ptr<scalar_t>();
      auto* o = out.data_ptr<scalar_t>();
      parallel_for(0, rows.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          dot_rows(r + n * pixels * size, w + n * size, b[n], pixels, size, rectify, o + n * pixels);
        }
      });
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &rows = saved[0], &weights = saved[1];
    const Tensor grad = grads[0].contiguous();
    const bool rectify = context->saved_data["rectify"].toBool();
    const std::int64_t pixels = rows.size(1), size = rows.size(2);
    const Tensor grad_rows = at::empty_like(rows), grad_weights = at::zeros_like(weights);
    AT_DISPATCH_FLOATING_TYPES(rows.scalar_type(), "class_masks", [&] {
      const auto *r = rows.data_ptr<scalar_t>(), *w = weights.data_ptr<scalar_t>(), *g = grad.data_ptr<scalar_t>();
      auto *gr = grad_rows.data_ptr<scalar_t>(), *gw = grad_weights.data_ptr<scalar_t>();
      parallel_for(0, rows.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          dot_rows_backward(r + n * pixels * size, w + n * size, g + n * pixels, pixels, size, rectify,
                            gr + n * pixels * size, gw + n * size);
        }
      });
    });
    return {grad_rows, grad_weights, grad.sum(1), Tensor()};
  }
};

/// rows [N, P, K] -> [N, P].
Tensor own_class_of(const Tensor& rows, const Tensor& weight, const Tensor& bias, const Tensor& labels, bool rectify) {
  const Tensor weights = weight.view({weight.size(0), -1}).index_select(0, labels);
  const Tensor biases = bias.index_select(0, labels);
  if (rows.device().is_cpu()) return DotRows::apply(rows.contiguous(), weights, biases, rectify);
  return dot_rows_composed(rows, weights, biases, rectify);
}

}  // namespace

Tensor class_masks(const Tensor& features, const Tensor& weight, const Tensor& bias, const Tensor& labels) {
  const std::int64_t count = features.size(0), height = features.size(2), width = features.size(3);
  const Tensor rows = features.permute({0, 2, 3, 1}).reshape({count, height * width, features.size(1)});
  return own_class_of(rows, weight, bias, labels, /*rectify=*/false).view({count, height, width});
}

Tensor upsampled_class_masks(const Tensor& features, const Tensor& up_weight, const Tensor& up_bias,
                             const Tensor& weight, const Tensor& bias, const Tensor& labels) {
  const std::int64_t count = features.size(0), height = features.size(2), width = features.size(3);
  const Tensor quads = upsample_conv_quads(features, up_weight, up_bias).permute({0, 2, 3, 1});
  const Tensor rows = quads.reshape({count, height * width * 4, up_weight.size(1)});
  const Tensor maps = own_class_of(rows, weight, bias, labels, /*rectify=*/true);
  return maps.view({count, height, width, 2, 2}).permute({0, 1, 3, 2, 4}).reshape({count, 2 * height, 2 * width});
}

}  // namespace longtail

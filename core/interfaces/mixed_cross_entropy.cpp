#include "core/interfaces/mixed_cross_entropy.h"

#include <ATen/ATen.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>
#include <vector>

namespace longtail {

using at::Tensor;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Of one row of logits z. All is taken from the largest one, so that an offset of all cancels before it is rounded.
template <class T>
struct RowSums {
  T largest = -std::numeric_limits<T>::infinity();
  T exponentials = 0;  // sum e^(z - largest)
  T soft = 0;          // sum t
  T below = 0;         // sum t (z - largest)
};

/// `soft` [count], or null where the row has only its hard target.
template <class T>
LONGTAIL_SIMD_INLINE RowSums<T> row_sums_loop(const T* logits, const T* soft, std::int64_t count) {
  RowSums<T> sums;
  const T largest = reduce_lanes(
      count, sums.largest, [=](std::int64_t k) { return logits[k]; }, [](T a, T b) { return b > a ? b : a; });
  sums.largest = largest;
  sums.exponentials = sum_in_lanes<T>(count, [=](std::int64_t k) { return exponential(logits[k] - largest); });
  if (soft == nullptr) return sums;
  sums.soft = sum_in_lanes<T>(count, [=](std::int64_t k) { return soft[k]; });
  sums.below = sum_in_lanes<T>(count, [=](std::int64_t k) { return soft[k] * (logits[k] - largest); });
  return sums;
}
LONGTAIL_SIMD RowSums<float> row_sums(const float* logits, const float* soft, std::int64_t count) {
  return row_sums_loop(logits, soft, count);
}
LONGTAIL_SIMD RowSums<double> row_sums(const double* logits, const double* soft, std::int64_t count) {
  return row_sums_loop(logits, soft, count);
}

/// grad = scale e^(z - largest) - share t.
template <class T>
LONGTAIL_SIMD_INLINE void row_gradient_loop(const T* logits, T largest, T scale, const T* soft, T share,
                                            std::int64_t count, T* __restrict grad) {
  if (soft == nullptr) {
    for (std::int64_t k = 0; k < count; ++k) grad[k] = scale * exponential(logits[k] - largest);
  } else {
    for (std::int64_t k = 0; k < count; ++k) grad[k] = scale * exponential(logits[k] - largest) - share * soft[k];
  }
}
LONGTAIL_SIMD void row_gradient(const float* logits, float largest, float scale, const float* soft, float share,
                                std::int64_t count, float* grad) {
  row_gradient_loop(logits, largest, scale, soft, share, count, grad);
}
LONGTAIL_SIMD void row_gradient(const double* logits, double largest, double scale, const double* soft, double share,
                                std::int64_t count, double* grad) {
  row_gradient_loop(logits, largest, scale, soft, share, count, grad);
}

/// The samples' soft targets in memory, [N]; null for those that have none.
template <class T>
std::vector<const T*> soft_rows(const MixedTargets& targets, std::int64_t count) {
  std::vector<const T*> found(count, nullptr);
  const auto* row = targets.rows.defined() ? targets.rows.data_ptr<std::int64_t>() : nullptr;
  const auto* of = targets.index.data_ptr<std::int64_t>();
  const T* values = targets.soft.data_ptr<T>();
  const std::int64_t kinds = targets.soft.size(0), width = targets.soft.size(1);
  for (std::int64_t p = 0; p < targets.index.size(0); ++p) {
    const std::int64_t n = row != nullptr ? row[p] : p;
    TORCH_CHECK_INDEX(n >= 0 && n < count && of[p] >= 0 && of[p] < kinds, "soft target ", p, " is row ", of[p], " of ",
                      kinds, " for sample ", n, " of ", count);
    found[n] = values + of[p] * width;
  }
  return found;
}

void check(const Tensor& logits, const Tensor& labels, const MixedTargets& targets) {
  const std::int64_t count = logits.size(0), width = logits.size(1);
  const std::int64_t chosen = targets.rows.defined() ? targets.rows.numel() : count;
  TORCH_CHECK(labels.sizes() == at::IntArrayRef({count}) && targets.hard.sizes() == labels.sizes() &&
                  targets.soft.dim() == 2 && targets.soft.size(1) == width && targets.index.numel() == chosen,
              "mixed targets of another batch than the logits [", count, ", ", width, "]");
  const auto* label = labels.data_ptr<std::int64_t>();
  for (std::int64_t n = 0; n < count; ++n) {
    TORCH_CHECK_INDEX(label[n] >= 0 && label[n] < width, "sample ", n, "'s label ", label[n], " is not in [0, ", width,
                      ")");
  }
}

enum Column { kLargest, kInverseSum, kMass, kColumns };  // of what the backward pass is told of each row

struct MixedCrossEntropy final : torch::autograd::Function<MixedCrossEntropy> {
  static Tensor forward(AutogradContext* context, const Tensor& logits, const Tensor& labels,
                        const MixedTargets& targets) {
    const std::int64_t count = logits.size(0), width = logits.size(1);
    const Tensor values = at::empty({count}, logits.options()), known = at::empty({count, kColumns}, logits.options());
    AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "mixed_cross_entropy", [&] {
      const auto softs = soft_rows<scalar_t>(targets, count);
      const auto *z = logits.data_ptr<scalar_t>(), *h = targets.hard.data_ptr<scalar_t>();
      const auto* label = labels.data_ptr<std::int64_t>();
      auto *value = values.data_ptr<scalar_t>(), *row = known.data_ptr<scalar_t>();
      parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          const RowSums<scalar_t> sums = row_sums(z + n * width, softs[n], width);
          const scalar_t mass = h[n] + sums.soft;
          const scalar_t own = z[n * width + label[n]] - sums.largest;
          value[n] = mass * std::log(sums.exponentials) - h[n] * own - sums.below;
          row[n * kColumns + kLargest] = sums.largest;
          row[n * kColumns + kInverseSum] = 1 / sums.exponentials;
          row[n * kColumns + kMass] = mass;
        }
      });
    });
    context->save_for_backward({logits, labels, known, targets.hard, targets.rows, targets.index, targets.soft});
    return values;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!at::GradMode::is_enabled(), "this cross entropy can be differentiated once");
    const variable_list saved = context->get_saved_variables();
    const Tensor &logits = saved[0], &labels = saved[1], &known = saved[2];
    const MixedTargets targets{saved[3], saved[4], saved[5], saved[6]};
    const std::int64_t count = logits.size(0), width = logits.size(1);
    const Tensor given = gradients[0].contiguous(), gradient = at::empty_like(logits);
    AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "mixed_cross_entropy", [&] {
      const auto softs = soft_rows<scalar_t>(targets, count);
      const auto *z = logits.data_ptr<scalar_t>(), *h = targets.hard.data_ptr<scalar_t>(),
                 *g = given.data_ptr<scalar_t>();
      const auto* label = labels.data_ptr<std::int64_t>();
      const auto* row = known.data_ptr<scalar_t>();
      auto* out = gradient.data_ptr<scalar_t>();
      parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          const scalar_t* of = row + n * kColumns;
          row_gradient(z + n * width, of[kLargest], g[n] * of[kMass] * of[kInverseSum], softs[n], g[n], width,
                       out + n * width);
          out[n * width + label[n]] -= g[n] * h[n];
        }
      });
    });
    return {gradient, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor mixed_cross_entropy(const Tensor& logits, const Tensor& labels, const MixedTargets& targets) {
  const at::ScalarType type = logits.scalar_type();
  const Tensor& rows = targets.rows;
  const bool has_loops = (type == at::kFloat || type == at::kDouble) && logits.is_cpu() && labels.is_cpu() &&
                         targets.hard.is_cpu() && (!rows.defined() || rows.is_cpu()) && targets.index.is_cpu() &&
                         targets.soft.is_cpu();
  if (!has_loops) return mixed_cross_entropy_composed(logits, labels, targets);
  const MixedTargets plain{targets.hard.to(type).contiguous(), rows.defined() ? rows.contiguous() : Tensor(),
                           targets.index.contiguous(), targets.soft.to(type).contiguous()};
  const Tensor plain_labels = labels.contiguous();
  check(logits, plain_labels, plain);
  return MixedCrossEntropy::apply(logits.contiguous(), plain_labels, plain);
}

Tensor mixed_cross_entropy_composed(const Tensor& logits, const Tensor& labels, const MixedTargets& targets) {
  const Tensor logs = at::log_softmax(logits, 1);
  const Tensor values = -targets.hard * logs.gather(1, labels.unsqueeze(1)).squeeze(1);
  const Tensor chosen = targets.rows.defined() ? logs.index_select(0, targets.rows) : logs;
  const Tensor soft = (chosen * targets.soft.index_select(0, targets.index)).sum(1);
  return targets.rows.defined() ? values.index_add(0, targets.rows, soft, -1) : values - soft;
}

}  // namespace longtail

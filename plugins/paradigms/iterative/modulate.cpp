#include "modulate.h"

#include <cstdint>

#include <ATen/Dispatch.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace longtail {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// One region: features [channels, pixels], factors [pixels], summands [channels].
template <class T>
LONGTAIL_SIMD_INLINE void modulate_loop(const T* features, const T* factors, const T* summands, std::int64_t channels,
                                        std::int64_t pixels, T* __restrict out) {
  for (std::int64_t c = 0; c < channels; ++c, features += pixels, out += pixels) {
    for (std::int64_t p = 0; p < pixels; ++p) out[p] = features[p] * factors[p] + summands[c];
  }
}
LONGTAIL_SIMD void modulate_region(const float* features, const float* factors, const float* summands,
                                   std::int64_t channels, std::int64_t pixels, float* out) {
  modulate_loop(features, factors, summands, channels, pixels, out);
}
LONGTAIL_SIMD void modulate_region(const double* features, const double* factors, const double* summands,
                                   std::int64_t channels, std::int64_t pixels, double* out) {
  modulate_loop(features, factors, summands, channels, pixels, out);
}

/// The gradients of one region, from that of its output; those of the factors are added to.
template <class T>
struct RegionGradients {
  T *features, *factors, *summands;
};
template <class T>
LONGTAIL_SIMD_INLINE void modulate_backward_loop(const T* features, const T* factors, const T* given,
                                                 std::int64_t channels, std::int64_t pixels, RegionGradients<T> to) {
  T* __restrict to_features = to.features;
  T* __restrict to_factors = to.factors;
  for (std::int64_t c = 0; c < channels; ++c, features += pixels, given += pixels, to_features += pixels) {
    for (std::int64_t p = 0; p < pixels; ++p) {
      to_features[p] = given[p] * factors[p];
      to_factors[p] += given[p] * features[p];
    }
    to.summands[c] = sum_in_lanes<T>(pixels, [=](std::int64_t p) { return given[p]; });
  }
}
LONGTAIL_SIMD void modulate_region_backward(const float* features, const float* factors, const float* given,
                                            std::int64_t channels, std::int64_t pixels, RegionGradients<float> to) {
  modulate_backward_loop(features, factors, given, channels, pixels, to);
}
LONGTAIL_SIMD void modulate_region_backward(const double* features, const double* factors, const double* given,
                                            std::int64_t channels, std::int64_t pixels, RegionGradients<double> to) {
  modulate_backward_loop(features, factors, given, channels, pixels, to);
}

struct Modulate final : torch::autograd::Function<Modulate> {
  static Tensor forward(AutogradContext* context, const Tensor& features, const Tensor& factors,
                        const Tensor& summands) {
    context->save_for_backward({features, factors});
    const std::int64_t channels = features.size(1), pixels = factors.size(1);
    const Tensor out = at::empty_like(features);
    AT_DISPATCH_FLOATING_TYPES(features.scalar_type(), "modulate", [&] {
      const auto *f = features.data_ptr<scalar_t>(), *a = factors.data_ptr<scalar_t>();
      const auto* b = summands.data_ptr<scalar_t>();
      auto* to = out.data_ptr<scalar_t>();
      parallel_for(0, features.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          const std::int64_t at = n * channels * pixels;
          modulate_region(f + at, a + n * pixels, b + n * channels, channels, pixels, to + at);
        }
      });
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!at::GradMode::is_enabled(), "modulate() can be differentiated once");
    const variable_list saved = context->get_saved_variables();
    const Tensor &features = saved[0], &factors = saved[1], given = gradients[0].contiguous();
    const std::int64_t count = features.size(0), channels = features.size(1), pixels = factors.size(1);
    const variable_list made = {at::empty_like(features), at::zeros_like(factors),
                                at::empty({count, channels}, features.options())};
    AT_DISPATCH_FLOATING_TYPES(features.scalar_type(), "modulate", [&] {
      const auto *f = features.data_ptr<scalar_t>(), *a = factors.data_ptr<scalar_t>();
      const auto* g = given.data_ptr<scalar_t>();
      const RegionGradients<scalar_t> to{made[0].data_ptr<scalar_t>(), made[1].data_ptr<scalar_t>(),
                                         made[2].data_ptr<scalar_t>()};
      parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t n = begin; n < end; ++n) {
          const std::int64_t at = n * channels * pixels;
          modulate_region_backward(f + at, a + n * pixels, g + at, channels, pixels,
                                   {to.features + at, to.factors + n * pixels, to.summands + n * channels});
        }
      });
    });
    return made;
  }
};

}  // namespace

Tensor modulate(const Tensor& features, const Tensor& factors, const Tensor& summands) {
  TORCH_CHECK(features.dim() == 4, "features of the shape [N, C, S, S] are needed, not ", features.sizes());
  const std::int64_t count = features.size(0), pixels = features.size(2) * features.size(3);
  TORCH_CHECK(factors.sizes() == at::IntArrayRef({count, pixels}) &&
                  summands.sizes() == at::IntArrayRef({count, features.size(1)}),
              "features ", features.sizes(), " do not go with factors ", factors.sizes(), " and summands ",
              summands.sizes());
  const auto fits = [type = features.scalar_type()](const Tensor& tensor) {
    return tensor.is_cpu() && tensor.scalar_type() == type;
  };
  const bool has_loops = (features.scalar_type() == at::kFloat || features.scalar_type() == at::kDouble) &&
                         fits(features) && fits(factors) && fits(summands);
  if (!has_loops) return modulate_composed(features, factors, summands);
  return Modulate::apply(features.contiguous(), factors.contiguous(), summands.contiguous());
}

Tensor modulate_composed(const Tensor& features, const Tensor& factors, const Tensor& summands) {
  const Tensor each_channel = summands.view({summands.size(0), summands.size(1), 1, 1});
  return at::addcmul(each_channel, features, factors.view({-1, 1, features.size(2), features.size(3)}));
}

}  // namespace longtail

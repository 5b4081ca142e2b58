#pragma once

#include <longtail/module.h>

namespace longtail {

/// features [N, C, S, S] * factors [N, S * S] + summands [N, C]: one factor a pixel, one summand a channel.
/// Differentiable in all three, on the CPU once: there each pass goes through the features once, for they are what
/// takes time. c10::Error for other shapes.
Tensor modulate(const Tensor& features, const Tensor& factors, const Tensor& summands);

/// The same of LibTorch's operations, for other devices.
Tensor modulate_composed(const Tensor& features, const Tensor& factors, const Tensor& summands);

}  // namespace longtail

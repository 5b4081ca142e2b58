#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace longtail::bench {

/// The same numbers in [0, 1) as bench/peers/bench_numbers.py: [rows, columns], double.
inline at::Tensor uniform(std::int64_t rows, std::int64_t columns, std::int64_t stream) {
  constexpr std::int64_t prime = 2147483647;
  const at::Tensor x = ((at::arange(rows * columns, at::kLong) + 1 + 1000003 * stream) * 48271).remainder(prime);
  return ((x * x).remainder(prime).to(at::kDouble) / prime).view({rows, columns});
}

/// Boxes of sides between `smallest` and `largest` (evenly in the logarithm), anywhere on a square of `extent` pixels,
/// clipped.
inline at::Tensor boxes(std::int64_t count, double extent, double smallest, double largest, std::int64_t stream) {
  const at::Tensor u = uniform(count, 4, stream);
  const at::Tensor centre = u.narrow(1, 0, 2) * extent;
  const at::Tensor half = 0.5 * smallest * at::pow(largest / smallest, u.narrow(1, 2, 2));
  return at::cat({centre - half, centre + half}, 1).clamp(0, extent).to(at::kFloat);
}

}  // namespace longtail::bench

#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// What plain loops need to run at the width of the processor, where GCC compiles for x86-64 and glibc; elsewhere they
// are plain loops. Plugins of their own want CMAKE_BUILD_TYPE=Release, as -O3 vectorises most. e^x and ln x of floats
// are short forms without calls, of doubles the C library's.

/// Before a function of plain loops: compiled for AVX-512, AVX2 and the baseline, and chosen when the library is
/// loaded. The last bits differ between them, for AVX-512 has fused multiply-adds. Sanitizers run before their own
/// start in the functions that choose, so they get the baseline.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define LONGTAIL_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LONGTAIL_SIMD
#endif

/// Before what such a function calls: only what is inlined into it is compiled with it.
#define LONGTAIL_SIMD_INLINE inline __attribute__((always_inline))

namespace longtail {

/// value(0), ..., value(count - 1), joined to `start`: in 32 lanes, and these by halves.
template <class T, class Value, class Join>
LONGTAIL_SIMD_INLINE T reduce_lanes(std::int64_t count, T start, const Value& value, const Join& join) {
  constexpr std::int64_t lanes = 32;
  T lane[lanes];
  for (std::int64_t i = 0; i < lanes; ++i) lane[i] = start;
  std::int64_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    for (std::int64_t i = 0; i < lanes; ++i) lane[i] = join(lane[i], value(k + i));
  }
  for (std::int64_t i = 0; k < count; ++k, ++i) lane[i] = join(lane[i], value(k));
  for (std::int64_t half = lanes / 2; half > 0; half /= 2) {
    for (std::int64_t i = 0; i < half; ++i) lane[i] = join(lane[i], lane[i + half]);
  }
  return lane[0];
}

/// value(0) + ... + value(count - 1).
template <class T, class Value>
LONGTAIL_SIMD_INLINE T sum_in_lanes(std::int64_t count, const Value& value) {
  struct Plus {
    LONGTAIL_SIMD_INLINE T operator()(T a, T b) const { return a + b; }
  };
  return reduce_lanes(count, T(0), value, Plus());
}

/// e^x within 2 units in the last place: 0 from -88 on downwards, and as of 88.3 for all above. A NaN stays one.
LONGTAIL_SIMD_INLINE float exponential(float x) {
  // e^x = 2^n e^r with |r| <= ln(2) / 2. Adding 1.5 * 2^23 rounds to whole numbers and leaves n in the lowest bits.
  constexpr float round = 12582912.0F;
  x = x < -88.0F ? -88.0F : x;
  x = x > 88.3F ? 88.3F : x;
  const float shifted = x * 1.44269504F + round, n = shifted - round;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;  // ln(2) in two parts; n times the first is exact
  const float squared = r * r;
  const float low = 1.0F + r + squared * (1.0F / 2 + r * (1.0F / 6));
  const float high = (1.0F / 24 + r * (1.0F / 120)) + squared * (1.0F / 720 + r * (1.0F / 5040));
  std::uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + (127U << 23);
  float power;  // 2^n, and 0 for n = -127
  std::memcpy(&power, &bits, sizeof power);
  return (low + squared * squared * high) * power;
}
LONGTAIL_SIMD_INLINE double exponential(double x) { return std::exp(x); }

/// ln x of normal x > 0, within 3 units in the last place of the larger of |ln x| and 1. NaN for NaN and infinity; of 0
/// and numbers that are not normal about -88.
LONGTAIL_SIMD_INLINE float logarithm(float x) {
  // x = 2^n m with m from sqrt(1/2) to sqrt(2), and ln m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.172.
  constexpr std::uint32_t root = 0x3F3504F3U;  // of 1/2
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const auto n = static_cast<std::int32_t>(bits - root) >> 23;
  bits -= static_cast<std::uint32_t>(n) << 23;
  float m;
  std::memcpy(&m, &bits, sizeof m);
  const float s = (m - 1.0F) / (m + 1.0F), squared = s * s;
  const float series = 2.0F + squared * (2.0F / 3 + squared * (2.0F / 5 + squared * (2.0F / 7 + squared * (2.0F / 9))));
  return static_cast<float>(n) * 0.693147181F + s * series + (x - x);
}
LONGTAIL_SIMD_INLINE double logarithm(double x) { return std::log(x); }

}  // namespace longtail

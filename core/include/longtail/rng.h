#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace longtail {

/// Random numbers that are the same on every platform and compiler, unlike those of <random>'s distributions.
///
/// The stream is fixed by a few keys, such as (seed, epoch, position), so that any place of a run can be reached
/// without drawing what comes before it. Counter-based: the n-th number is a hash (the finaliser of SplitMix64,
/// Steele et al., OOPSLA 2014) of the keys' hash and n.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t epoch = 0, std::uint64_t position = 0) {
    for (const std::uint64_t key : {seed, epoch, position}) state_ = mix(state_ + golden_ + mix(key + golden_));
  }

  /// 64 random bits.
  std::uint64_t next() { return mix(state_ += golden_); }

  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// A whole number in [0, n), each equally likely. n > 0.
  std::uint64_t below(std::uint64_t n) {
    // Numbers under the threshold are drawn again: 2^64 need not be a multiple of n.
    const std::uint64_t threshold = (0 - n) % n;
    std::uint64_t bits = next();
    while (bits < threshold) bits = next();
    return bits % n;
  }

  /// True with this probability.
  bool bernoulli(double probability) { return uniform() < probability; }

  /// Puts `values` in a uniformly random order (Fisher and Yates).
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  static constexpr std::uint64_t golden_ = 0x9e3779b97f4a7c15u;
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }

  std::uint64_t state_ = 0;
};

}  // namespace longtail

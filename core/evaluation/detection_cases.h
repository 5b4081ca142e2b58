#pragma once

#include <array>
#include <cstdint>

namespace longtail {

inline constexpr int kIouThresholds = 10;
inline constexpr int kRecallThresholds = 101;
inline constexpr int kAreaRanges = 4;  // all, small, medium, large
inline constexpr int kAllAreas = 0;
inline constexpr int kIou50 = 0;
inline constexpr int kIou75 = 5;

/// A bit for each area range and IoU threshold.
using CaseBits = std::uint64_t;
inline constexpr CaseBits kAllThresholds = (CaseBits{1} << kIouThresholds) - 1;
inline constexpr CaseBits case_bit(int area, int threshold) {
  return CaseBits{1} << (area * kIouThresholds + threshold);
}

/// `count` values from `first` to `last` with the roundings of numpy.linspace, which decide at equality: the 36th
/// recall is 0.35000000000000003, the 9th IoU 0.8999999999999999.
template <int count>
constexpr std::array<double, count> linspace(double first, double last) {
  std::array<double, count> values{};
  const double step = (last - first) / (count - 1);
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = i * step + first;
  values[count - 1] = last;
  return values;
}

inline constexpr std::array<double, kIouThresholds> kIouValues = linspace<kIouThresholds>(0.5, 0.95);
inline constexpr std::array<double, kRecallThresholds> kRecallValues = linspace<kRecallThresholds>(0, 1);

/// Square pixels; both ends belong to the range.
struct AreaRange {
  double least, most;
  constexpr bool holds(double area) const { return !(area < least || area > most); }
};
inline constexpr std::array<AreaRange, kAreaRanges> kAreaBounds = {AreaRange{0, 1e10}, AreaRange{0, 1024},
                                                                   AreaRange{1024, 9216}, AreaRange{9216, 1e10}};

}  // namespace longtail

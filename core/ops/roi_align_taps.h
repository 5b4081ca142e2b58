#pragma once

#include <cstdint>
#include <vector>

namespace longtail {

/// `weight` of what lies at `pixel` of an axis goes to `bin`.
template <class T>
struct Tap {
  std::int32_t pixel;
  std::int32_t bin;
  T weight;
};

/// Where a RoI's bins take their values from. Bilinear interpolation and the mean over a bin's samples are products of
/// one factor for each axis, so two lists say it all, and samples that meet in a pixel are one tap.
template <class T>
struct RoiTaps {
  std::vector<Tap<T>> x;  // by bin, then pixel
  std::vector<Tap<T>> y;  // by pixel, then bin
};

/// The extent of a map and how it is sampled.
struct RoiGrid {
  std::int64_t height = 0, width = 0;
  double scale = 1;
  std::int64_t bins = 7;
  std::int64_t sampling_ratio = 0;
  bool aligned = true;
};

/// box: x1, y1, x2, y2 in image pixels. A box that is not finite has no taps; nor has what lies outside the map.
template <class T>
RoiTaps<T> roi_taps(const T* box, const RoiGrid& grid);

extern template RoiTaps<float> roi_taps(const float*, const RoiGrid&);
extern template RoiTaps<double> roi_taps(const double*, const RoiGrid&);

}  // namespace longtail

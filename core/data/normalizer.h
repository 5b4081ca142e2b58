#pragma once

#include <longtail/export.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/data/image.h"

namespace longtail {

/// (value / 255 - mean) / std for each channel and 8-bit value, computed as torchvision does, in float.
class LONGTAIL_API Normalizer {
 public:
  /// Both have 3 values: R, G, B.
  Normalizer(const std::vector<double>& mean, const std::vector<double>& std);

  /// Cuts out [size, size] pixels whose corner is (top, left), which may lie outside the picture: there, black. Mirrors
  /// them where `flip`, and writes normalised planes: one pass.
  void crop(const Image& image, int top, int left, int size, bool flip, float* out) const;

  /// Writes normalised planes [3, height, width] with the picture, mirrored where `flip`, at their top left and zeros
  /// beside and below it: one pass. The picture is not larger than the planes.
  void place(const Image& image, bool flip, std::int64_t height, std::int64_t width, float* out) const;
  void place(const FloatImage& image, bool flip, std::int64_t height, std::int64_t width, float* out) const;

  /// The way back: the top left of normalised planes [3, plane_height, plane_width] as 8-bit values.
  Image restore(const float* planes, std::int64_t plane_height, std::int64_t plane_width, int height, int width) const;

 private:
  template <class Picture, class Normalize>
  static void place_planes(const Picture& image, bool flip, std::int64_t height, std::int64_t width, float* out,
                           const Normalize& normalize);

  std::array<std::array<float, 256>, 3> table_;
  std::array<float, 3> factor_, offset_;  // for values between whole numbers
};

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <vector>

#include "core/data/image.h"

namespace longtail {

/// Bilinear scaling as Pillow does it (and torchvision on Pillow pictures): the filter is widened by the factor of
/// reduction where a picture shrinks, weights are fixed-point numbers of 22 bits, and both the horizontal pass, which
/// comes first, and the vertical pass round to 8 bits. The same bytes as Pillow's.
class LONGTAIL_API BilinearResize {
 public:
  /// Scales in_height x in_width pixels to height x width, of which `window` is wanted.
  BilinearResize(int in_height, int in_width, int height, int width, const Rect& window);

  /// The part of the input that `window` depends on.
  Rect source() const;
  /// `part` is the input's part source().
  void apply(const Image& part, Image& out);

 private:
  // For each wanted output position the first input position and `taps` weights, the last of them possibly 0.
  struct Weights {
    Weights(int in, int out, int begin, int count);
    int end() const { return first.back() + taps; }
    const std::int32_t* of(int i) const { return values.data() + static_cast<std::size_t>(i) * taps; }

    int taps = 0;
    std::vector<int> first;
    std::vector<std::int32_t> values;
  };

  void scale_row(const std::uint8_t* row, std::uint8_t* out) const;
  void sum_rows(int y, std::uint8_t* out);

  Rect window_;
  Weights across_, down_;
  std::vector<std::uint8_t> narrow_;  // the horizontal pass's result
  std::vector<std::int32_t> sums_;
};

/// Scales so that the short side has `side` pixels and takes the centre, size x size: torchvision's Resize(side) and
/// CenterCrop(size), size <= side.
LONGTAIL_API BilinearResize resize_and_center(int in_height, int in_width, int side, int size);

}  // namespace longtail

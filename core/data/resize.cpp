#include "core/data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace longtail {
namespace {

constexpr int kBits = 22;  // fraction of the fixed-point weights: 255 and a sign still fit

// For each output position the first input position and `taps` weights (zero where the picture ends).
struct Weights {
  int taps = 0;
  std::vector<int> first;
  std::vector<std::int32_t> values;

  // Output positions begin ... begin + count of `out` that the input's [offset, offset + in) is scaled to.
  Weights(int in, int out, int begin, int count) : first(static_cast<std::size_t>(count)) {
    const double scale = static_cast<double>(in) / out;
    const double support = std::max(scale, 1.0);
    taps = static_cast<int>(std::ceil(support)) * 2 + 1;
    values.assign(static_cast<std::size_t>(count) * taps, 0);
    std::vector<double> exact(static_cast<std::size_t>(taps));
    for (int i = 0; i < count; ++i) {
      const double center = (begin + i + 0.5) * scale;
      const int low = std::max(0, static_cast<int>(center - support + 0.5));
      const int high = std::min(in, static_cast<int>(center + support + 0.5));
      double sum = 0;
      for (int x = low; x < high; ++x) {
        exact[x - low] = std::max(0.0, 1.0 - std::abs((x - center + 0.5) / support));
        sum += exact[x - low];
      }
      first[i] = low;
      for (int k = 0; k < high - low; ++k) {
        values[static_cast<std::size_t>(i) * taps + k] = static_cast<std::int32_t>(exact[k] / sum * (1 << kBits) + 0.5);
      }
    }
    // Rows of weights are read in full: those that reach beyond the end are moved to the left.
    for (int i = 0; i < count; ++i) shift_inside(i, in);
  }

  const std::int32_t* of(int i) const { return values.data() + static_cast<std::size_t>(i) * taps; }

 private:
  void shift_inside(int i, int in) {
    const int excess = std::min(first[i], std::max(0, first[i] + taps - in));
    if (excess == 0) return;
    std::int32_t* const row = values.data() + static_cast<std::size_t>(i) * taps;
    std::rotate(row, row + taps - excess, row + taps);
    first[i] -= excess;
  }
};

std::uint8_t round_to_byte(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kBits, 0, 255)); }

void scale_row(const std::uint8_t* row, const Weights& weights, int taps, int width, std::uint8_t* out) {
  for (int x = 0; x < width; ++x) {
    const std::uint8_t* pixel = row + weights.first[x] * 3;
    const std::int32_t* const w = weights.of(x);
    std::int32_t r = 1 << (kBits - 1), g = r, b = r;
    for (int k = 0; k < taps; ++k, pixel += 3) {
      r += pixel[0] * w[k];
      g += pixel[1] * w[k];
      b += pixel[2] * w[k];
    }
    out[x * 3] = round_to_byte(r);
    out[x * 3 + 1] = round_to_byte(g);
    out[x * 3 + 2] = round_to_byte(b);
  }
}

}  // namespace

void resize_bilinear(const Image& image, const Rect& region, int height, int width, const Rect& window, Image& out) {
  const Weights across(region.width, width, window.left, window.width);
  const Weights down(region.height, height, window.top, window.height);
  const int first_row = down.first.front();
  const int last_row = std::min(region.height, down.first.back() + down.taps);
  const auto stride = static_cast<std::size_t>(window.width) * 3;
  std::vector<std::uint8_t> narrow(stride * (last_row - first_row));
  const int taps_across = std::min(across.taps, region.width), taps_down = std::min(down.taps, region.height);
  for (int y = first_row; y < last_row; ++y) {
    scale_row(image.row(region.top + y) + region.left * 3, across, taps_across, window.width,
              narrow.data() + stride * (y - first_row));
  }
  out.resize(window.height, window.width);
  std::vector<std::int32_t> sums(stride);
  for (int y = 0; y < window.height; ++y) {
    std::fill(sums.begin(), sums.end(), 1 << (kBits - 1));
    for (int k = 0; k < taps_down; ++k) {
      const std::int32_t weight = down.of(y)[k];
      const std::uint8_t* const from = narrow.data() + stride * (down.first[y] + k - first_row);
      if (weight == 0) continue;
      for (std::size_t x = 0; x < stride; ++x) sums[x] += from[x] * weight;
    }
    std::uint8_t* const to = out.row(y);
    for (std::size_t x = 0; x < stride; ++x) to[x] = round_to_byte(sums[x]);
  }
}

void resize_short_side(const Image& image, int side, int size, Image& out) {
  const bool wide = image.width > image.height;
  const int short_side = wide ? image.height : image.width;
  const int long_side = wide ? image.width : image.height;
  const int scaled = static_cast<int>(static_cast<std::int64_t>(side) * long_side / short_side);
  const int height = wide ? side : scaled, width = wide ? scaled : side;
  // torchvision rounds halves to even here.
  const Rect centre{static_cast<int>(std::nearbyint((height - size) / 2.0)),
                    static_cast<int>(std::nearbyint((width - size) / 2.0)), size, size};
  resize_bilinear(image, {0, 0, image.height, image.width}, height, width, centre, out);
}

}  // namespace longtail

#include "core/data/resize.h"

#include <algorithm>
#include <cmath>

namespace longtail {
namespace {

constexpr int kBits = 22;  // 8 bits of value, 22 of weight, one for the sum's overshoot, one for the sign

std::uint8_t to_byte(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kBits, 0, 255)); }

}  // namespace

BilinearResize::Weights::Weights(int in, int out, int begin, int count) : first(static_cast<std::size_t>(count)) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);
  taps = std::min(in, static_cast<int>(std::ceil(support)) * 2 + 1);
  values.assign(static_cast<std::size_t>(count) * taps, 0);
  std::vector<double> exact(static_cast<std::size_t>(taps));
  for (int i = 0; i < count; ++i) {
    const double center = (begin + i + 0.5) * scale;
    const int low = std::max(0, static_cast<int>(center - support + 0.5));
    const int high = std::min(in, static_cast<int>(center + support + 0.5));
    double sum = 0;
    for (int x = low; x < high; ++x) {
      exact[x - low] = std::max(0.0, 1.0 - std::abs((x - center + 0.5) * (1.0 / support)));
      sum += exact[x - low];
    }
    first[i] = std::min(low, in - taps);  // all `taps` weights stay inside the picture
    std::int32_t* const weights = values.data() + static_cast<std::size_t>(i) * taps + (low - first[i]);
    for (int k = 0; k < high - low; ++k) weights[k] = static_cast<std::int32_t>(exact[k] / sum * (1 << kBits) + 0.5);
  }
}

BilinearResize::BilinearResize(int in_height, int in_width, int height, int width, const Rect& window)
    : window_(window),
      across_(in_width, width, window.left, window.width),
      down_(in_height, height, window.top, window.height) {}

Rect BilinearResize::source() const {
  const int top = down_.first.front(), left = across_.first.front();
  return {top, left, down_.end() - top, across_.end() - left};
}

void BilinearResize::scale_row(const std::uint8_t* row, std::uint8_t* out) const {
  const int origin = across_.first.front();
  for (int x = 0; x < window_.width; ++x) {
    const std::uint8_t* pixel = row + (across_.first[x] - origin) * 3;
    const std::int32_t* const weights = across_.of(x);
    std::int32_t r = 1 << (kBits - 1), g = r, b = r;
    for (int k = 0; k < across_.taps; ++k, pixel += 3) {
      r += pixel[0] * weights[k];
      g += pixel[1] * weights[k];
      b += pixel[2] * weights[k];
    }
    out[x * 3] = to_byte(r);
    out[x * 3 + 1] = to_byte(g);
    out[x * 3 + 2] = to_byte(b);
  }
}

void BilinearResize::sum_rows(int y, std::uint8_t* out) {
  const std::size_t stride = sums_.size();
  std::fill(sums_.begin(), sums_.end(), 1 << (kBits - 1));
  for (int k = 0; k < down_.taps; ++k) {
    const std::int32_t weight = down_.of(y)[k];
    if (weight == 0) continue;
    const std::uint8_t* const from = narrow_.data() + stride * (down_.first[y] - down_.first.front() + k);
    for (std::size_t x = 0; x < stride; ++x) sums_[x] += from[x] * weight;
  }
  for (std::size_t x = 0; x < stride; ++x) out[x] = to_byte(sums_[x]);
}

void BilinearResize::apply(const Image& part, Image& out) {
  const auto stride = static_cast<std::size_t>(window_.width) * 3;
  narrow_.resize(stride * part.height);
  sums_.resize(stride);
  for (int y = 0; y < part.height; ++y) scale_row(part.row(y), narrow_.data() + stride * y);
  out.resize(window_.height, window_.width);
  for (int y = 0; y < window_.height; ++y) sum_rows(y, out.row(y));
}

BilinearResize resize_and_center(int in_height, int in_width, int side, int size) {
  const bool wide = in_width > in_height;
  const int short_side = wide ? in_height : in_width;
  const int long_side = wide ? in_width : in_height;
  const auto scaled = static_cast<int>(static_cast<std::int64_t>(side) * long_side / short_side);
  const int height = wide ? side : scaled, width = wide ? scaled : side;
  // Halves are rounded to the even number, as Python does.
  const Rect centre{static_cast<int>(std::nearbyint((height - size) / 2.0)),
                    static_cast<int>(std::nearbyint((width - size) / 2.0)), size, size};
  return {in_height, in_width, height, width, centre};
}

}  // namespace longtail

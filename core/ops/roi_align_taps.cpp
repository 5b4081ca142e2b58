#include "core/ops/roi_align_taps.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace longtail {
namespace {

/// One axis: bins side by side from `start` on, each with `samples` samples, of a map of `size` pixels.
template <class T>
struct Axis {
  T start, bin_size;
  std::int64_t samples, bins, size;

  T position(std::int64_t bin, std::int64_t sample) const {
    return start + static_cast<T>(bin) * bin_size +
           (static_cast<T>(sample) + T(0.5)) * bin_size / static_cast<T>(samples);
  }
};

/// Adds a sample's two taps; those before `first` are of other bins.
template <class T>
void add_sample(T position, T weight, std::int32_t bin, std::int64_t size, std::size_t first,
                std::vector<Tap<T>>& taps) {
  if (!(position >= -1 && position <= static_cast<T>(size))) return;
  position = std::max(position, T(0));
  const std::int64_t low = std::min(static_cast<std::int64_t>(position), size - 1);
  const T upper = low < size - 1 ? position - static_cast<T>(low) : T(0);
  const auto add = [&](std::int64_t pixel, T value) {
    if (value == 0) return;
    const auto here = static_cast<std::int32_t>(pixel);
    // Samples come in rising order, so the pixel is among the last two taps or new.
    for (std::size_t i = taps.size(); i > first && i + 2 > taps.size(); --i) {
      if (taps[i - 1].pixel == here) {
        taps[i - 1].weight += value;
        return;
      }
    }
    taps.push_back({here, bin, value});
  };
  add(low, weight * (1 - upper));
  add(low + 1, weight * upper);
}

/// The first sample of `bin`, from 0 to `samples`, that may lie on the map: a huge RoI has few that do.
template <class T>
std::int64_t first_inside(const Axis<T>& axis, std::int64_t bin) {
  const double begin = axis.start + static_cast<double>(bin) * axis.bin_size;
  const double step = static_cast<double>(axis.bin_size) / static_cast<double>(axis.samples);
  if (begin >= -1 || !(step > 0)) return 0;
  const double last = static_cast<double>(axis.samples);
  return static_cast<std::int64_t>(std::clamp(std::floor((-1 - begin) / step) - 2, 0.0, last));
}

template <class T>
std::vector<Tap<T>> axis_taps(const Axis<T>& axis) {
  std::vector<Tap<T>> taps;
  const T weight = T(1) / static_cast<T>(axis.samples);
  for (std::int64_t bin = 0; bin < axis.bins; ++bin) {
    const std::size_t first = taps.size();
    for (std::int64_t sample = first_inside(axis, bin); sample < axis.samples; ++sample) {
      const T position = axis.position(bin, sample);
      if (position > static_cast<T>(axis.size)) break;
      add_sample(position, weight, static_cast<std::int32_t>(bin), axis.size, first, taps);
    }
  }
  return taps;
}

template <class T>
Axis<T> axis_of(T low, T high, std::int64_t size, const RoiGrid& grid) {
  const T offset = grid.aligned ? T(0.5) : T(0);
  const T start = low * static_cast<T>(grid.scale) - offset;
  T extent = high * static_cast<T>(grid.scale) - offset - start;
  if (!grid.aligned) extent = std::max(extent, T(1));
  const T bin_size = extent / static_cast<T>(grid.bins);
  // More samples than any map has pixels: only those on the map are visited.
  const double adaptive = bin_size > 0 ? std::min(std::ceil(static_cast<double>(bin_size)), 1e9) : 0.0;
  const std::int64_t samples = grid.sampling_ratio > 0 ? grid.sampling_ratio : static_cast<std::int64_t>(adaptive);
  return {start, bin_size, samples, grid.bins, size};
}

}  // namespace

template <class T>
RoiTaps<T> roi_taps(const T* box, const RoiGrid& grid) {
  const Axis<T> x = axis_of(box[0], box[2], grid.width, grid), y = axis_of(box[1], box[3], grid.height, grid);
  const bool finite =
      std::isfinite(x.start) && std::isfinite(y.start) && std::isfinite(x.bin_size) && std::isfinite(y.bin_size);
  if (!finite || x.size == 0 || y.size == 0) return {};
  RoiTaps<T> taps{axis_taps(x), axis_taps(y)};
  if (taps.x.empty() || taps.y.empty()) return {};
  std::sort(taps.y.begin(), taps.y.end(),
            [](const Tap<T>& a, const Tap<T>& b) { return std::tie(a.pixel, a.bin) < std::tie(b.pixel, b.bin); });
  return taps;
}

template RoiTaps<float> roi_taps(const float*, const RoiGrid&);
template RoiTaps<double> roi_taps(const double*, const RoiGrid&);

}  // namespace longtail

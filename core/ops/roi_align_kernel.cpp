#include "core/ops/roi_align_kernel.h"

#include <ATen/Parallel.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>

#include <algorithm>
#include <cstring>

namespace longtail {
namespace {

template <class T>
struct TapRange {
  const Tap<T>*begin, *end;
};

/// to[c] = the sum of weight_i from_i[c] over `taps` (at most 4), or added to.
template <int taps, bool add, class T>
LONGTAIL_SIMD_INLINE void weighted_sum(const T* row, const Tap<T>* tap, std::int64_t channels, T* __restrict to) {
  const T* from[taps];
  for (int i = 0; i < taps; ++i) from[i] = row + tap[i].pixel * channels;
  for (std::int64_t c = 0; c < channels; ++c) {
    T sum = add ? to[c] : T(0);
    for (int i = 0; i < taps; ++i) sum += tap[i].weight * from[i][c];
    to[c] = sum;
  }
}

template <bool add, class T>
LONGTAIL_SIMD_INLINE void weighted_sum_of(std::int64_t taps, const T* row, const Tap<T>* tap, std::int64_t channels,
                                          T* to) {
  switch (taps) {
    case 1:
      return weighted_sum<1, add>(row, tap, channels, to);
    case 2:
      return weighted_sum<2, add>(row, tap, channels, to);
    case 3:
      return weighted_sum<3, add>(row, tap, channels, to);
    default:
      return weighted_sum<4, add>(row, tap, channels, to);
  }
}

template <class T>
LONGTAIL_SIMD_INLINE void scaled_sum(const T* __restrict from, T a, std::int64_t count, T* __restrict to) {
  for (std::int64_t c = 0; c < count; ++c) to[c] += a * from[c];
}

/// One row of a map, [width, channels], to the bins across: to [bins, channels].
template <class T>
LONGTAIL_SIMD_INLINE void gather_row_loop(const T* row, TapRange<T> taps, std::int64_t channels, T* to) {
  for (const Tap<T>* tap = taps.begin; tap != taps.end;) {
    const std::int32_t bin = tap->bin;
    bool first = true;
    while (tap != taps.end && tap->bin == bin) {
      const Tap<T>* last = tap + 1;
      while (last != taps.end && last->bin == bin && last - tap < 4) ++last;
      if (first) {
        weighted_sum_of<false>(last - tap, row, tap, channels, to + bin * channels);
      } else {
        weighted_sum_of<true>(last - tap, row, tap, channels, to + bin * channels);
      }
      first = false;
      tap = last;
    }
  }
}
LONGTAIL_SIMD void gather_row(const float* row, TapRange<float> taps, std::int64_t channels, float* to) {
  gather_row_loop(row, taps, channels, to);
}
LONGTAIL_SIMD void gather_row(const double* row, TapRange<double> taps, std::int64_t channels, double* to) {
  gather_row_loop(row, taps, channels, to);
}

/// The transpose: from [bins, channels] is added to the row.
template <class T>
LONGTAIL_SIMD_INLINE void scatter_row_loop(const T* from, TapRange<T> taps, std::int64_t channels, T* row) {
  for (const Tap<T>* tap = taps.begin; tap != taps.end; ++tap) {
    scaled_sum(from + tap->bin * channels, tap->weight, channels, row + tap->pixel * channels);
  }
}
LONGTAIL_SIMD void scatter_row(const float* from, TapRange<float> taps, std::int64_t channels, float* row) {
  scatter_row_loop(from, taps, channels, row);
}
LONGTAIL_SIMD void scatter_row(const double* from, TapRange<double> taps, std::int64_t channels, double* row) {
  scatter_row_loop(from, taps, channels, row);
}

LONGTAIL_SIMD void add_scaled(const float* from, float a, std::int64_t count, float* to) {
  scaled_sum(from, a, count, to);
}
LONGTAIL_SIMD void add_scaled(const double* from, double a, std::int64_t count, double* to) {
  scaled_sum(from, a, count, to);
}

/// Calls body(pixel, taps of that pixel) for each pixel of the axis.
template <class T, class Body>
void for_each_pixel(const std::vector<Tap<T>>& taps, const Body& body) {
  const Tap<T>* const end = taps.data() + taps.size();
  for (const Tap<T>* first = taps.data(); first != end;) {
    const Tap<T>* last = first;
    while (last != end && last->pixel == first->pixel) ++last;
    body(first->pixel, TapRange<T>{first, last});
    first = last;
  }
}

template <class T>
TapRange<T> range_of(const std::vector<Tap<T>>& taps) {
  return {taps.data(), taps.data() + taps.size()};
}

template <class T>
void align_roi(const typename RoiPlan<T>::Roi& roi, const T* map, std::int64_t width, std::int64_t bins,
               std::int64_t channels, std::vector<T>& line, T* out) {
  std::fill_n(out, bins * bins * channels, T(0));
  // Bins outside the map have no taps and stay 0 in the line.
  line.assign(static_cast<std::size_t>(bins * channels), T(0));
  for_each_pixel(roi.taps.y, [&](std::int64_t y, TapRange<T> taps) {
    gather_row(map + y * width * channels, range_of(roi.taps.x), channels, line.data());
    for (const Tap<T>* tap = taps.begin; tap != taps.end; ++tap) {
      add_scaled(line.data(), tap->weight, bins * channels, out + tap->bin * bins * channels);
    }
  });
}

/// Some rows of one image's map, and the RoIs that reach into them.
struct Band {
  std::int64_t level, image, first_row, last_row;
  std::int64_t cost;
  std::vector<std::int32_t> rois;
};

// A band's gradient stays in the second-level cache while its RoIs are added.
constexpr std::int64_t kBandBytes = 512 * 1024;

template <class T>
std::vector<Band> bands_of(const RoiPlan<T>& plan, const std::vector<PyramidLevel<T>>& levels) {
  std::vector<Band> bands;
  std::vector<std::size_t> first_band;  // of each level and image
  std::vector<std::int64_t> rows;       // of each level's bands
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const std::int64_t row_bytes = levels[l].width * plan.channels * static_cast<std::int64_t>(sizeof(T));
    rows.push_back(std::max<std::int64_t>(1, kBandBytes / std::max<std::int64_t>(1, row_bytes)));
    for (std::int64_t image = 0; image < plan.batch; ++image) {
      first_band.push_back(bands.size());
      for (std::int64_t y = 0; y < levels[l].height; y += rows[l]) {
        const std::int64_t end = std::min(y + rows[l], levels[l].height);
        bands.push_back({static_cast<std::int64_t>(l), image, y, end, (end - y) * levels[l].width / 8, {}});
      }
    }
  }
  for (std::size_t n = 0; n < plan.rois.size(); ++n) {
    const auto& roi = plan.rois[n];
    if (roi.taps.y.empty()) continue;
    const std::size_t first = first_band[static_cast<std::size_t>(roi.level * plan.batch + roi.image)];
    const std::int64_t height = rows[static_cast<std::size_t>(roi.level)];
    for (std::int64_t b = roi.taps.y.front().pixel / height; b <= roi.taps.y.back().pixel / height; ++b) {
      Band& band = bands[first + static_cast<std::size_t>(b)];
      band.rois.push_back(static_cast<std::int32_t>(n));
      const std::int64_t shared = std::min<std::int64_t>(band.last_row, roi.taps.y.back().pixel + 1) -
                                  std::max<std::int64_t>(band.first_row, roi.taps.y.front().pixel);
      band.cost += shared * static_cast<std::int64_t>(roi.taps.x.size() + 2 * static_cast<std::size_t>(plan.bins));
    }
  }
  return bands;
}

template <class T>
void fill_band(const RoiPlan<T>& plan, const T* grad_out, const Band& band, const PyramidLevel<T>& level,
               std::vector<T>& line) {
  const std::int64_t row_size = level.width * plan.channels, line_size = plan.bins * plan.channels;
  T* map = level.data + band.image * level.height * row_size;
  std::fill(map + band.first_row * row_size, map + band.last_row * row_size, T(0));
  for (const std::int32_t n : band.rois) {
    const auto& roi = plan.rois[static_cast<std::size_t>(n)];
    const T* grad = grad_out + n * plan.bins * line_size;
    for_each_pixel(roi.taps.y, [&](std::int64_t y, TapRange<T> taps) {
      if (y < band.first_row || y >= band.last_row) return;
      std::fill(line.begin(), line.end(), T(0));
      for (const Tap<T>* tap = taps.begin; tap != taps.end; ++tap) {
        add_scaled(grad + tap->bin * line_size, tap->weight, line_size, line.data());
      }
      scatter_row(line.data(), range_of(roi.taps.x), plan.channels, map + y * row_size);
    });
  }
}

/// Shares of about equal cost, one a thread: bands[shares[i]] to bands[shares[i + 1]].
std::vector<std::size_t> shares_of(const std::vector<Band>& bands, int threads) {
  std::int64_t total = 0;
  for (const Band& band : bands) total += band.cost;
  std::vector<std::size_t> shares{0};
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    sum += bands[i].cost;
    if (sum * threads >= total * static_cast<std::int64_t>(shares.size())) shares.push_back(i + 1);
  }
  shares.back() = bands.size();
  return shares;
}

}  // namespace

template <class T>
void roi_align_forward(const RoiPlan<T>& plan, const std::vector<PyramidLevel<const T>>& levels, T* out) {
  const std::int64_t size = plan.bins * plan.bins * plan.channels;
  parallel_for(0, static_cast<std::int64_t>(plan.rois.size()), 4, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> line;
    for (std::int64_t n = begin; n < end; ++n) {
      const auto& roi = plan.rois[static_cast<std::size_t>(n)];
      const PyramidLevel<const T>& level = levels[static_cast<std::size_t>(roi.level)];
      const T* map = level.data + roi.image * level.height * level.width * plan.channels;
      align_roi<T>(roi, map, level.width, plan.bins, plan.channels, line, out + n * size);
    }
  });
}

template <class T>
void roi_align_backward(const RoiPlan<T>& plan, const T* grad_out, const std::vector<PyramidLevel<T>>& levels) {
  const std::vector<Band> bands = bands_of(plan, levels);
  const std::vector<std::size_t> shares = shares_of(bands, at::get_num_threads());
  parallel_for(0, static_cast<std::int64_t>(shares.size()) - 1, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> line(static_cast<std::size_t>(plan.bins * plan.channels));
    for (std::size_t i = shares[static_cast<std::size_t>(begin)]; i < shares[static_cast<std::size_t>(end)]; ++i) {
      fill_band(plan, grad_out, bands[i], levels[static_cast<std::size_t>(bands[i].level)], line);
    }
  });
}

template void roi_align_forward(const RoiPlan<float>&, const std::vector<PyramidLevel<const float>>&, float*);
template void roi_align_forward(const RoiPlan<double>&, const std::vector<PyramidLevel<const double>>&, double*);
template void roi_align_backward(const RoiPlan<float>&, const float*, const std::vector<PyramidLevel<float>>&);
template void roi_align_backward(const RoiPlan<double>&, const double*, const std::vector<PyramidLevel<double>>&);

}  // namespace longtail

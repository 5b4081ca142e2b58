#include "core/ops/paste_masks.h"

#include <ATen/ATen.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>

#include <algorithm>
#include <cmath>

namespace longtail {
namespace {

using at::Tensor;

/// Pixels [begin, begin + low.size()) of one axis of the image. Pixel i is (1 - upper) of cell low and `upper` of the
/// next one, counted in the mask with one cell of zeros around.
struct Axis {
  std::int64_t begin = 0;
  std::vector<std::int32_t> low;
  std::vector<float> upper;

  std::int64_t count() const { return static_cast<std::int64_t>(low.size()); }
  std::int64_t end() const { return begin + count(); }
  void add(float position, std::int64_t cells) {  // in cells of the mask with its border
    const float inside = std::clamp(position, 0.0F, static_cast<float>(cells + 1));
    const auto cell = std::min<std::int64_t>(static_cast<std::int64_t>(inside), cells);
    low.push_back(static_cast<std::int32_t>(cell));
    upper.push_back(inside - static_cast<float>(cell));
  }
};

/// Pixel centres of [low, high] on the mask; a pixel more on both sides, where the mask's border is half as strong.
Axis grid_axis(float low, float high, std::int64_t cells, std::int32_t size) {
  Axis axis;
  if (!std::isfinite(low) || !std::isfinite(high) || !(high > low)) return axis;
  const auto limit = static_cast<float>(size);
  axis.begin = static_cast<std::int64_t>(std::clamp(std::floor(low) - 1, 0.0F, limit));
  const auto end = static_cast<std::int64_t>(std::clamp(std::ceil(high) + 1, 0.0F, limit));
  for (std::int64_t i = axis.begin; i < end; ++i) {
    const float along = (static_cast<float>(i) + 0.5F - low) / (high - low);
    axis.add(along * static_cast<float>(cells) + 0.5F, cells);
  }
  return axis;
}

/// The mask and its border, scaled to the box that is larger by as much and has its corners cut to whole pixels.
Axis corner_axis(float low, float high, std::int64_t cells, std::int32_t size) {
  constexpr float kFar = 1e9F;
  Axis axis;
  if (std::isnan(low) || std::isnan(high)) return axis;
  const auto bordered = static_cast<float>(cells + 2);
  const float half = (high - low) * 0.5F * (bordered / static_cast<float>(cells)), centre = (high + low) * 0.5F;
  const auto first = static_cast<std::int64_t>(std::clamp(centre - half, -kFar, kFar));
  const auto last = static_cast<std::int64_t>(std::clamp(centre + half, -kFar, kFar));
  const float scale = bordered / static_cast<float>(std::max<std::int64_t>(last - first + 1, 1));
  axis.begin = std::max<std::int64_t>(first, 0);
  for (std::int64_t i = axis.begin; i < std::min<std::int64_t>(last + 1, size); ++i) {
    axis.add(scale * (static_cast<float>(i - first) + 0.5F) - 0.5F, cells);
  }
  return axis;
}

/// Gathers runs of equal pixels into counts.
class RunWriter {
 public:
  void add(bool value, std::int64_t pixels) {
    if (pixels <= 0) return;
    if (value != current_) {
      counts_.push_back(static_cast<std::uint32_t>(run_));
      current_ = value;
      run_ = 0;
    }
    run_ += pixels;
  }
  std::vector<std::uint32_t> finish() {
    if (run_ > 0) counts_.push_back(static_cast<std::uint32_t>(run_));
    return std::move(counts_);
  }

 private:
  std::vector<std::uint32_t> counts_;
  bool current_ = false;
  std::int64_t run_ = 0;
};

LONGTAIL_SIMD void blend(const float* a, const float* b, float upper, std::int64_t count, float* __restrict out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = (1 - upper) * a[i] + upper * b[i];
}

struct Cut {
  float threshold;
  bool inclusive;
  bool passes(float value) const { return inclusive ? value >= threshold : value > threshold; }
};

/// Pixels of a column between the same two cells are all set or all clear where the two are; else each is looked at.
void write_column(const std::vector<float>& column, const Axis& down, const Cut& cut, RunWriter& runs) {
  constexpr float kRounding = 1e-5F;
  for (std::size_t begin = 0; begin < down.low.size();) {
    const std::int32_t cell = down.low[begin];
    std::size_t end = begin + 1;
    while (end < down.low.size() && down.low[end] == cell) ++end;
    const float a = column[static_cast<std::size_t>(cell)], b = column[static_cast<std::size_t>(cell) + 1];
    const float above = cut.threshold + kRounding, below = cut.threshold - kRounding;
    if ((a > above && b > above) || (a < below && b < below)) {
      runs.add(a > above, static_cast<std::int64_t>(end - begin));
    } else {
      for (std::size_t i = begin; i < end; ++i) runs.add(cut.passes((1 - down.upper[i]) * a + down.upper[i] * b), 1);
    }
    begin = end;
  }
}

/// The mask's columns, one after the other, with a border of zeros: [S + 2, S + 2].
std::vector<float> bordered_columns(const float* mask, std::int64_t cells) {
  std::vector<float> columns(static_cast<std::size_t>((cells + 2) * (cells + 2)));
  for (std::int64_t y = 0; y < cells; ++y) {
    for (std::int64_t x = 0; x < cells; ++x) {
      columns[static_cast<std::size_t>((x + 1) * (cells + 2) + y + 1)] = mask[y * cells + x];
    }
  }
  return columns;
}

Rle paste(const float* mask, std::int64_t cells, const Axis& across, const Axis& down, const Cut& cut,
          const Rle& empty) {
  Rle result = empty;
  const std::int64_t height = empty.height, area = height * empty.width;
  RunWriter runs;
  if (across.count() > 0 && down.count() > 0) {
    const std::vector<float> columns = bordered_columns(mask, cells);
    std::vector<float> column(static_cast<std::size_t>(cells + 2));
    runs.add(false, across.begin * height);
    for (std::int64_t i = 0; i < across.count(); ++i) {
      const float* left = columns.data() + across.low[static_cast<std::size_t>(i)] * (cells + 2);
      blend(left, left + cells + 2, across.upper[static_cast<std::size_t>(i)], cells + 2, column.data());
      runs.add(false, down.begin);
      write_column(column, down, cut, runs);
      runs.add(false, height - down.end());
    }
    runs.add(false, area - across.end() * height);
  } else {
    runs.add(false, area);
  }
  result.counts = runs.finish();
  return result;
}

}  // namespace

std::vector<Rle> paste_masks(const Tensor& masks, const Tensor& boxes, std::int32_t height, std::int32_t width,
                             double threshold, PasteMode mode) {
  TORCH_CHECK(masks.dim() == 3 && masks.size(1) == masks.size(2) && boxes.dim() == 2 && boxes.size(1) == 4 &&
                  boxes.size(0) == masks.size(0),
              "paste_masks: masks [N, S, S] and boxes [N, 4], but there are ", masks.sizes(), " and ", boxes.sizes());
  const Tensor values = masks.detach().to(at::kCPU, at::kFloat).contiguous();
  const Tensor corners = boxes.detach().to(at::kCPU, at::kFloat).contiguous();
  const std::int64_t cells = values.size(1);
  const Cut cut{static_cast<float>(threshold), mode == PasteMode::grid};
  const auto axis = mode == PasteMode::grid ? grid_axis : corner_axis;
  std::vector<Rle> result(static_cast<std::size_t>(masks.size(0)));
  parallel_for(0, masks.size(0), 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const float* box = corners.data_ptr<float>() + 4 * n;
      result[static_cast<std::size_t>(n)] =
          paste(values.data_ptr<float>() + n * cells * cells, cells, axis(box[0], box[2], cells, width),
                axis(box[1], box[3], cells, height), cut, Rle{height, width, {}});
    }
  });
  return result;
}

}  // namespace longtail

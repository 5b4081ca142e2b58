#include "core/annotations/instance_masks.h"

#include <algorithm>
#include <cmath>

#include "core/annotations/polygon_coverage.h"

namespace longtail {
namespace {

constexpr double kFar = 1e9;  // pixels: keeps what a file may hold finite

// Calls use(x, top, bottom) for each piece of a column that the run lengths set.
template <class Use>
void for_each_piece(const std::uint32_t* counts, const std::uint32_t* end, std::int32_t height, const Use& use) {
  std::int64_t begin = 0;
  bool set = false;
  for (; counts != end; ++counts, set = !set) {
    const std::int64_t past = begin + *counts;
    while (set && begin < past) {
      const std::int64_t x = begin / height, stop = std::min(past, (x + 1) * height);
      use(static_cast<std::int32_t>(x), static_cast<std::int32_t>(begin - x * height),
          static_cast<std::int32_t>(stop - x * height));
      begin = stop;
    }
    begin = past;
  }
}

}  // namespace

InstanceMasks::InstanceMasks(const AnnotationSet& set, const std::vector<std::int64_t>& objects, double scale_x,
                             double scale_y, bool flip, double width)
    : scale_x_(scale_x), scale_y_(scale_y), width_(width), flip_(flip) {
  shapes_.resize(objects.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const SegmentationRef& ref = set.objects[static_cast<std::size_t>(objects[i])].segmentation;
    shapes_[i].has_outline = ref.form != SegmentationRef::Form::none;
    if (ref.form == SegmentationRef::Form::polygons) {
      add_polygons(set, ref, shapes_[i]);
    } else if (ref.form == SegmentationRef::Form::rle) {
      const std::uint32_t* const counts = set.rle_counts.data();
      shapes_[i].bitmap = make_bitmap(counts + ref.begin, counts + ref.end, set.image_of_object(objects[i]).height);
    }
  }
}

void InstanceMasks::add_polygons(const AnnotationSet& set, const SegmentationRef& ref, Shape& shape) {
  shape.first_polygon = static_cast<std::int64_t>(ends_.size());
  for (std::int64_t polygon = ref.begin; polygon < ref.end; ++polygon) {
    const std::int64_t begin = polygon > 0 ? set.polygon_ends[static_cast<std::size_t>(polygon - 1)] : 0;
    const std::int64_t end = set.polygon_ends[static_cast<std::size_t>(polygon)];
    for (std::int64_t i = begin; i + 1 < end; i += 2) {
      const double* const point = set.coordinates.data() + i;
      const double x = point[0] * scale_x_, y = point[1] * scale_y_;
      points_.push_back(static_cast<float>(std::clamp(flip_ ? width_ - x : x, -kFar, kFar)));
      points_.push_back(static_cast<float>(std::clamp(y, -kFar, kFar)));
    }
    ends_.push_back(static_cast<std::int64_t>(points_.size()));
  }
  shape.end_polygon = static_cast<std::int64_t>(ends_.size());
}

InstanceMasks::Bitmap InstanceMasks::make_bitmap(const std::uint32_t* counts, const std::uint32_t* end,
                                                 std::int32_t height) {
  std::int32_t left = INT32_MAX, right = 0, top = INT32_MAX, bottom = 0;
  for_each_piece(counts, end, height, [&](std::int32_t x, std::int32_t from, std::int32_t to) {
    left = std::min(left, x);
    right = std::max(right, x + 1);
    top = std::min(top, from);
    bottom = std::max(bottom, to);
  });
  Bitmap bitmap;
  if (left >= right) return bitmap;
  bitmap.left = left;
  bitmap.top = top;
  bitmap.width = right - left;
  bitmap.height = bottom - top;
  const std::int64_t stride = bitmap.width + 1;
  bitmap.sums.resize(static_cast<std::size_t>(stride * (bitmap.height + 1)));
  for_each_piece(counts, end, height, [&](std::int32_t x, std::int32_t from, std::int32_t to) {
    for (std::int64_t y = from - top; y < to - top; ++y) {
      bitmap.sums[static_cast<std::size_t>((y + 1) * stride + x - left + 1)] = 1;
    }
  });
  for (std::size_t i = static_cast<std::size_t>(stride); i < bitmap.sums.size();
       i += static_cast<std::size_t>(stride)) {
    std::uint32_t row = 0;
    for (std::size_t j = i; j < i + static_cast<std::size_t>(stride); ++j) {
      row += bitmap.sums[j];
      bitmap.sums[j] = row + bitmap.sums[j - static_cast<std::size_t>(stride)];
    }
  }
  return bitmap;
}

// Between whole pixels the sum of a bitmap is bilinear, exactly.
double InstanceMasks::Bitmap::sum_to(double x, double y) const {
  x = std::clamp<double>(x - left, 0, width);
  y = std::clamp<double>(y - top, 0, height);
  const std::int32_t column = std::min(static_cast<std::int32_t>(x), width - 1);
  const std::int32_t row = std::min(static_cast<std::int32_t>(y), height - 1);
  const double right = x - column, down = y - row;
  const std::uint32_t* const above = sums.data() + static_cast<std::ptrdiff_t>(row) * (width + 1) + column;
  const std::uint32_t* const below = above + width + 1;
  return (1 - down) * ((1 - right) * above[0] + right * above[1]) + down * ((1 - right) * below[0] + right * below[1]);
}

void InstanceMasks::rasterize(const Bitmap& bitmap, const float box[4], std::int32_t size, float* out) const {
  if (bitmap.sums.empty()) return;
  const double step_x = (static_cast<double>(box[2]) - box[0]) / size;
  const double step_y = (static_cast<double>(box[3]) - box[1]) / size;
  const auto x_at = [&](std::int32_t column) {
    const double x = box[0] + step_x * column;
    return (flip_ ? width_ - x : x) / scale_x_;
  };
  // The sums over all that lies above and left of the corners of a row of cells, then of the next row.
  const auto corners = static_cast<std::size_t>(size) + 1;
  std::vector<double> above(corners), below(corners);
  const auto fill = [&](std::vector<double>& sums, std::int32_t row) {
    const double y = (box[1] + step_y * row) / scale_y_;
    for (std::int32_t column = 0; column <= size; ++column) {
      sums[static_cast<std::size_t>(column)] = bitmap.sum_to(x_at(column), y);
    }
  };
  const double cells_in_pixel = (flip_ ? -1 : 1) * scale_x_ * scale_y_ / (step_x * step_y);
  fill(above, 0);
  for (std::int32_t row = 0; row < size; ++row) {
    fill(below, row + 1);
    for (std::size_t i = 0; i + 1 < corners; ++i) {
      const double inside = (below[i + 1] - below[i]) - (above[i + 1] - above[i]);
      *out++ = static_cast<float>(std::clamp(inside * cells_in_pixel, 0.0, 1.0));
    }
    above.swap(below);
  }
}

void InstanceMasks::rasterize(std::int64_t index, const float box[4], std::int32_t size, float* out) const {
  std::fill_n(out, static_cast<std::size_t>(size) * size, 0.0f);
  if (!(box[2] > box[0] && box[3] > box[1])) return;
  const Shape& shape = shapes_[static_cast<std::size_t>(index)];
  if (shape.first_polygon == shape.end_polygon) return rasterize(shape.bitmap, box, size, out);
  PolygonCoverage coverage(box, size);
  for (std::int64_t polygon = shape.first_polygon; polygon < shape.end_polygon; ++polygon) {
    const std::int64_t begin = polygon > 0 ? ends_[static_cast<std::size_t>(polygon - 1)] : 0;
    const std::int64_t end = ends_[static_cast<std::size_t>(polygon)];
    coverage.add(points_.data() + begin, static_cast<std::size_t>((end - begin) / 2), out);
  }
}

}  // namespace longtail

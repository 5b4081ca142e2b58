#include "core/annotations/outline_measures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace longtail {
namespace {

using Form = SegmentationRef::Form;

// Of a JPEG. What reaches further outlines no picture, and would take memory as a mask.
constexpr double kLongestSide = 65535;

/// Calls use(first, count) for the coordinates x0 y0 x1 y1 ... of each polygon.
template <class Use>
void for_each_polygon(const Outlines& outlines, const SegmentationRef& ref, const Use& use) {
  for (std::int64_t polygon = ref.begin; polygon < ref.end; ++polygon) {
    const std::int64_t begin = polygon == 0 ? 0 : outlines.polygon_ends[static_cast<std::size_t>(polygon - 1)];
    const std::int64_t end = outlines.polygon_ends[static_cast<std::size_t>(polygon)];
    use(outlines.coordinates.data() + begin, static_cast<std::size_t>(end - begin));
  }
}

double area_of_polygon(const double* xy, std::size_t count) {
  double twice = 0;
  for (std::size_t i = 0; i < count; i += 2) {
    const std::size_t next = (i + 2) % count;
    twice += xy[i] * xy[next + 1] - xy[next] * xy[i + 1];
  }
  return std::abs(twice) / 2;
}

/// How many pixels the polygons of one outline cover more than once, counted again for each polygon after the first.
double covered_again(const Outlines& outlines, const SegmentationRef& ref) {
  const BoxXywh box = box_around_outline(outlines, ref, 0, 0);
  const double left = std::floor(box.x), top = std::floor(box.y);
  const double width = std::ceil(box.x + box.w) - left, height = std::ceil(box.y + box.h) - top;
  if (width > kLongestSide || height > kLongestSide) return 0;
  std::vector<Rle> parts;
  std::uint64_t pixels = 0;
  std::vector<double> moved;  // to where the box begins: the image's size may not be known
  for_each_polygon(outlines, ref, [&](const double* xy, std::size_t count) {
    moved.assign(xy, xy + count);
    for (std::size_t i = 0; i < count; ++i) moved[i] -= i % 2 == 0 ? left : top;
    parts.push_back(
        rle_from_polygon(moved.data(), count / 2, static_cast<std::int32_t>(height), static_cast<std::int32_t>(width)));
    pixels += rle_area(parts.back());
  });
  return static_cast<double>(pixels - rle_area(rle_merge(parts)));
}

Rle mask_in(const Outlines& outlines, const SegmentationRef& ref, std::int32_t height, std::int32_t width) {
  return mask_of(ref, outlines.coordinates, outlines.polygon_ends, outlines.rle_counts, height, width);
}

}  // namespace

double area_of_outline(const Outlines& outlines, const SegmentationRef& ref) {
  if (ref.form == Form::rle) return static_cast<double>(rle_area(mask_in(outlines, ref, 0, 0)));
  double sum = 0, largest = 0;
  for_each_polygon(outlines, ref, [&](const double* xy, std::size_t count) {
    const double area = area_of_polygon(xy, count);
    sum += area;
    largest = std::max(largest, area);
  });
  if (ref.end - ref.begin < 2) return sum;
  // Of polygons thinner than a pixel the pixels are more than the area.
  return std::max(largest, sum - covered_again(outlines, ref));
}

BoxXywh box_around_outline(const Outlines& outlines, const SegmentationRef& ref, std::int32_t height,
                           std::int32_t width) {
  if (ref.form == Form::rle) return rle_box(mask_in(outlines, ref, height, width));
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for_each_polygon(outlines, ref, [&](const double* xy, std::size_t count) {
    for (std::size_t i = 0; i < count; i += 2) {
      left = std::min(left, xy[i]);
      right = std::max(right, xy[i]);
      top = std::min(top, xy[i + 1]);
      bottom = std::max(bottom, xy[i + 1]);
    }
  });
  return {left, top, right - left, bottom - top};
}

}  // namespace longtail

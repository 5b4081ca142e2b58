#include "core/annotations/outline_measures.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/annotations/polygon_areas.h"

namespace longtail {
namespace {

using Form = SegmentationRef::Form;

/// Calls use(first, count) for the coordinates x0 y0 x1 y1 ... of each polygon.
template <class Use>
void for_each_polygon(const Outlines& outlines, const SegmentationRef& ref, const Use& use) {
  for (std::int64_t polygon = ref.begin; polygon < ref.end; ++polygon) {
    const std::int64_t begin = polygon == 0 ? 0 : outlines.polygon_ends[static_cast<std::size_t>(polygon - 1)];
    const std::int64_t end = outlines.polygon_ends[static_cast<std::size_t>(polygon)];
    use(outlines.coordinates.data() + begin, static_cast<std::size_t>(end - begin));
  }
}

Rle mask_in(const Outlines& outlines, const SegmentationRef& ref, std::int32_t height, std::int32_t width) {
  return mask_of(ref, outlines.coordinates, outlines.polygon_ends, outlines.rle_counts, height, width);
}

}  // namespace

double area_of_outline(const Outlines& outlines, const SegmentationRef& ref, std::int32_t height, std::int32_t width) {
  if (ref.form == Form::rle) return static_cast<double>(rle_area(mask_in(outlines, ref, 0, 0)));
  std::vector<PolygonView> polygons;
  for_each_polygon(outlines, ref, [&](const double* xy, std::size_t count) { polygons.push_back({xy, count}); });
  return area_of_polygons(polygons, height, width);
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

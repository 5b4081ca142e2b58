#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace longtail {

/// Exact areas of polygons in the cells of a grid over a box: no sampling, so the cost is that of the edges and the
/// cells they cross. (Where a polygon crosses itself within one cell, lobes of opposite direction cancel there.)
/// Keeps its buffer from polygon to polygon.
class LONGTAIL_API PolygonCoverage {
 public:
  /// `size` x `size` cells over the box x1, y1, x2, y2, which has an area.
  PolygonCoverage(const float box[4], std::int32_t size);

  /// Adds one closed polygon of `num_points` corners, x0 y0 x1 y1 ..., to `out` [size * size]; no cell exceeds 1, so
  /// that the parts of an object may touch. Where a polygon overlaps itself, even-odd, as COCO's tools fill it.
  void add(const float* xy, std::size_t num_points, float* out);

 private:
  void add_edge(double x0, double y0, double x1, double y1);
  void add_clipped(double x0, double y0, double x1, double y1);
  void add_in_row(std::int32_t row, double left, double right, double height);

  double left_, top_, scale_x_, scale_y_;
  std::int32_t size_, stride_;
  std::vector<float> changes_;  // [size, stride] from cell to cell along a row
};

}  // namespace longtail

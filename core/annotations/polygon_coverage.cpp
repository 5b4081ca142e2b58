#include "core/annotations/polygon_coverage.h"

#include <algorithm>
#include <cmath>

namespace longtail {

PolygonCoverage::PolygonCoverage(const float box[4], std::int32_t size)
    : left_(box[0]),
      top_(box[1]),
      scale_x_(size / (static_cast<double>(box[2]) - box[0])),
      scale_y_(size / (static_cast<double>(box[3]) - box[1])),
      size_(size),
      stride_(size + 2),
      changes_(static_cast<std::size_t>(size) * (size + 2)) {}

void PolygonCoverage::add(const float* xy, std::size_t num_points, float* out) {
  if (num_points < 3) return;
  std::fill(changes_.begin(), changes_.end(), 0.0f);
  const auto x_of = [&](std::size_t i) { return (xy[2 * i] - left_) * scale_x_; };
  const auto y_of = [&](std::size_t i) { return (xy[2 * i + 1] - top_) * scale_y_; };
  double x = x_of(num_points - 1), y = y_of(num_points - 1);
  for (std::size_t i = 0; i < num_points; ++i) {
    const double next_x = x_of(i), next_y = y_of(i);
    add_edge(x, y, next_x, next_y);
    x = next_x;
    y = next_y;
  }
  for (std::int32_t row = 0; row < size_; ++row) {
    const float* const changes = changes_.data() + static_cast<std::ptrdiff_t>(row) * stride_;
    float winding = 0;  // how often the polygon goes around the cell's points, on average
    for (std::int32_t column = 0; column < size_; ++column, ++out) {
      winding += changes[column];
      const float turns = std::abs(winding);
      *out = std::min(1.0f, *out + std::abs(turns - 2 * std::floor((turns + 1) / 2)));  // 0 ... 1 ... 0 ... 1
    }
  }
}

// An edge matters to all cells on its right. So what lies left of the grid is moved to its border, and what lies right
// of it is left out.
void PolygonCoverage::add_edge(double x0, double y0, double x1, double y1) {
  const double size = size_;
  if (y0 == y1 || std::max(y0, y1) <= 0 || std::min(y0, y1) >= size || std::min(x0, x1) >= size) return;
  const auto x_at = [&](double y) { return x0 + (x1 - x0) * ((y - y0) / (y1 - y0)); };
  const auto y_at = [&](double x) { return y0 + (y1 - y0) * ((x - x0) / (x1 - x0)); };
  double ax = x0, ay = y0, bx = x1, by = y1;
  if (ay < 0 || ay > size) ax = x_at(ay = std::clamp(ay, 0.0, size));
  if (by < 0 || by > size) bx = x_at(by = std::clamp(by, 0.0, size));
  if (ax <= 0 && bx <= 0) return add_clipped(0, ay, 0, by);
  if (ax < 0) {
    const double y = y_at(0);
    add_clipped(0, ay, 0, y);
    ax = 0, ay = y;
  } else if (bx < 0) {
    const double y = y_at(0);
    add_clipped(0, y, 0, by);
    bx = 0, by = y;
  }
  if (ax >= size && bx >= size) return;
  if (ax > size) {
    ay = y_at(ax = size);
  } else if (bx > size) {
    by = y_at(bx = size);
  }
  add_clipped(ax, ay, bx, by);
}

// Row by row. The edge lies in the grid, up to rounding.
void PolygonCoverage::add_clipped(double x0, double y0, double x1, double y1) {
  const double sign = y0 < y1 ? 1 : -1;
  if (sign < 0) {
    std::swap(x0, x1);
    std::swap(y0, y1);
  }
  const double slope = y1 > y0 ? (x1 - x0) / (y1 - y0) : 0;
  const auto first = std::max(0, static_cast<std::int32_t>(y0));
  for (std::int32_t row = first; row < size_ && row < y1; ++row) {
    const double top = std::max<double>(y0, row), bottom = std::min<double>(y1, row + 1);
    const double a = x0 + (top - y0) * slope, b = x0 + (bottom - y0) * slope;
    add_in_row(row, std::clamp<double>(std::min(a, b), 0, size_), std::clamp<double>(std::max(a, b), 0, size_),
               sign * (bottom - top));
  }
}

// The part of an edge in one row, from x = left to right, `height` high. Each cell gets the area between the edge and
// the cell's right side.
void PolygonCoverage::add_in_row(std::int32_t row, double left, double right, double height) {
  float* const changes = changes_.data() + static_cast<std::ptrdiff_t>(row) * stride_;
  const auto first = static_cast<std::int32_t>(left), last = static_cast<std::int32_t>(right);
  if (right <= first + 1) {
    const double beyond = (left + right) / 2 - first;
    changes[first] += static_cast<float>(height * (1 - beyond));
    changes[first + 1] += static_cast<float>(height * beyond);
    return;
  }
  // Up to x, in units of `height`: the part of the edge left of a point grows from 0 at `left` to 1 at `right`.
  const auto area_up_to = [&](double x) {
    if (x >= right) return x - (left + right) / 2;
    return x <= left ? 0 : (x - left) * (x - left) / (2 * (right - left));
  };
  double area_before = 0, up_to = 0;
  for (std::int32_t column = first; column <= last + 1; ++column) {
    const double next = area_up_to(column + 1), area = next - up_to;
    changes[column] += static_cast<float>(height * (area - area_before));
    area_before = area;
    up_to = next;
  }
}

}  // namespace longtail

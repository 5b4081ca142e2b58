#include "core/annotations/polygon_areas.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "core/annotations/rle.h"

namespace longtail {
namespace {

constexpr double kLongestSide = 65535;  // of a JPEG: what reaches further outlines no picture
constexpr std::size_t kMostComparisons = 2'000'000;
constexpr double kMostCrossings = 500'000;

struct Polygon {
  PolygonView outline;
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  double area = 0;
};

Polygon measured(const PolygonView& outline) {
  Polygon polygon;
  polygon.outline = outline;
  const double* xy = outline.xy;
  double twice = 0;
  for (std::size_t i = 0; i < outline.count; i += 2) {
    const std::size_t next = (i + 2) % outline.count;
    twice += xy[i] * xy[next + 1] - xy[next] * xy[i + 1];
    polygon.left = std::min(polygon.left, xy[i]);
    polygon.right = std::max(polygon.right, xy[i]);
    polygon.top = std::min(polygon.top, xy[i + 1]);
    polygon.bottom = std::max(polygon.bottom, xy[i + 1]);
  }
  polygon.area = std::abs(twice) / 2;
  return polygon;
}

/// A polygon along one line covers nothing.
bool is_flat(const Polygon& polygon) { return !(polygon.right > polygon.left && polygon.bottom > polygon.top); }

using Group = std::vector<const Polygon*>;

/// Polygons whose boxes overlap, directly or by way of others; one whose box is alone is a group, too. Nothing where
/// that takes too many comparisons. `polygons` ascend by `left`.
std::optional<std::vector<Group>> groups_of(const std::vector<Polygon>& polygons) {
  std::vector<std::size_t> parents(polygons.size());
  std::iota(parents.begin(), parents.end(), std::size_t{0});
  const auto root = [&](std::size_t i) {
    while (parents[i] != i) {
      parents[i] = parents[parents[i]];
      i = parents[i];
    }
    return i;
  };
  std::size_t compared = 0;
  for (std::size_t i = 0; i < polygons.size(); ++i) {
    const Polygon& a = polygons[i];
    for (std::size_t j = i + 1; j < polygons.size() && polygons[j].left < a.right; ++j) {
      if (++compared > kMostComparisons) return std::nullopt;
      if (polygons[j].top < a.bottom && a.top < polygons[j].bottom) parents[root(j)] = root(i);
    }
  }
  std::vector<Group> groups(polygons.size());
  for (std::size_t i = 0; i < polygons.size(); ++i) groups[root(i)].push_back(&polygons[i]);
  groups.erase(std::remove_if(groups.begin(), groups.end(), [](const Group& group) { return group.empty(); }),
               groups.end());
  return groups;
}

/// Where the pixels are that are counted.
struct Canvas {
  double left = 0, top = 0;
  double height = 0, width = 0;  // whole numbers
};

/// The image, or what holds the group where the image's size is not known.
Canvas canvas_for(const Group& group, std::int32_t height, std::int32_t width) {
  if (height > 0 && width > 0) return {0, 0, static_cast<double>(height), static_cast<double>(width)};
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const Polygon* polygon : group) {
    left = std::min(left, std::floor(polygon->left));
    top = std::min(top, std::floor(polygon->top));
    right = std::max(right, std::ceil(polygon->right));
    bottom = std::max(bottom, std::ceil(polygon->bottom));
  }
  return {left, top, bottom - top, right - left};
}

/// The pixel columns that its edges cross, and the edges themselves: what a mask of it costs.
double crossings_of(const PolygonView& outline, const Canvas& canvas) {
  double crossings = 0;
  for (std::size_t i = 0; i < outline.count; i += 2) {
    const double x = outline.xy[i] - canvas.left, next = outline.xy[(i + 2) % outline.count] - canvas.left;
    const double columns = std::min(canvas.width, std::max(x, next)) - std::max(0.0, std::min(x, next));
    crossings += 1 + std::max(0.0, columns);
  }
  return crossings;
}

bool is_affordable(const std::vector<Group>& groups, std::int32_t height, std::int32_t width) {
  double crossings = 0;
  for (const Group& group : groups) {
    if (group.size() < 2) continue;
    const Canvas canvas = canvas_for(group, height, width);
    const bool size_known = height > 0 && width > 0;
    if (!size_known && std::max(canvas.height, canvas.width) > kLongestSide) return false;
    for (const Polygon* polygon : group) crossings += crossings_of(polygon->outline, canvas);
    if (crossings > kMostCrossings) return false;
  }
  return true;
}

/// In pairs: one after the other, the growing mask would be walked through for each.
std::uint64_t area_of_union(std::vector<Rle> masks) {
  while (masks.size() > 1) {
    std::vector<Rle> halved;
    for (std::size_t i = 0; i + 1 < masks.size(); i += 2) halved.push_back(rle_merge({masks[i], masks[i + 1]}));
    if (masks.size() % 2 == 1) halved.push_back(std::move(masks.back()));
    masks = std::move(halved);
  }
  return rle_area(masks.front());
}

double area_together(const Group& group, const Canvas& canvas) {
  std::vector<Rle> masks;
  std::vector<double> moved;
  double largest = 0;
  for (const Polygon* polygon : group) {
    const PolygonView& outline = polygon->outline;
    moved.assign(outline.xy, outline.xy + outline.count);
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] -= i % 2 == 0 ? canvas.left : canvas.top;
    masks.push_back(rle_from_polygon(moved.data(), moved.size() / 2, static_cast<std::int32_t>(canvas.height),
                                     static_cast<std::int32_t>(canvas.width)));
    largest = std::max(largest, polygon->area);
  }
  const std::uint64_t covered = area_of_union(std::move(masks));
  return covered > 0 ? static_cast<double>(covered) : largest;
}

}  // namespace

double area_of_polygons(const std::vector<PolygonView>& outlines, std::int32_t height, std::int32_t width) {
  std::vector<Polygon> polygons;
  double sum = 0;
  for (const PolygonView& outline : outlines) {
    const Polygon polygon = measured(outline);
    sum += polygon.area;
    if (!is_flat(polygon)) polygons.push_back(polygon);
  }
  if (polygons.size() < 2) return sum;
  std::stable_sort(polygons.begin(), polygons.end(),
                   [](const Polygon& a, const Polygon& b) { return a.left < b.left; });
  const std::optional<std::vector<Group>> groups = groups_of(polygons);
  if (!groups || !is_affordable(*groups, height, width)) return sum;
  double area = 0;
  for (const Group& group : *groups) {
    area += group.size() == 1 ? group.front()->area : area_together(group, canvas_for(group, height, width));
  }
  return area;
}

}  // namespace longtail

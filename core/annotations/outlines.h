#pragma once

#include <simdjson.h>

#include <cstdint>
#include <vector>

#include "core/annotations/annotation_set.h"

namespace longtail {

/// Outlines of objects side by side, as AnnotationSet keeps them.
struct Outlines {
  std::vector<double> coordinates;
  std::vector<std::int64_t> polygon_ends;
  std::vector<std::uint32_t> rle_counts;

  /// Adds a JSON outline: a list of polygons, or run lengths {size, counts} as text or numbers. Nothing for an empty
  /// list. Throws BrokenElement, with nothing added: a polygon of two points, run lengths that do not fill the image
  /// ...
  SegmentationRef add(simdjson::dom::element value, std::int32_t height, std::int32_t width);
  void clear();

 private:
  SegmentationRef add_polygons(simdjson::dom::array polygons);
  void add_polygon(simdjson::dom::element polygon, std::size_t number);
  SegmentationRef add_rle(const Rle& rle);
};

/// A mask of the image's size from JSON run lengths {size, counts} as text or numbers. Throws BrokenElement.
Rle read_rle(simdjson::dom::element value, std::int32_t height, std::int32_t width);

/// The mask that `ref` stands for; arenas as in AnnotationSet. Without an outline: a mask with no pixel set.
Rle mask_of(const SegmentationRef& ref, const std::vector<double>& coordinates,
            const std::vector<std::int64_t>& polygon_ends, const std::vector<std::uint32_t>& rle_counts,
            std::int32_t height, std::int32_t width);

}  // namespace longtail

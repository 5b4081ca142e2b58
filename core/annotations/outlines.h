#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"

namespace longtail {

/// Outlines of objects side by side, as AnnotationSet keeps them.
struct Outlines {
  std::vector<double> coordinates;
  std::vector<std::int64_t> polygon_ends;
  std::vector<std::uint32_t> rle_counts;

  /// Adds a JSON outline: a list of polygons, or run lengths {size, counts} as text or numbers. Nothing for an empty
  /// list; a polygon without coordinates is none. Height and width are the image's; where they are 0, run lengths tell
  /// them. Throws BrokenElement, with nothing added: a polygon of two points, run lengths that do not fill the image
  /// ... With `broken` nothing is thrown: a broken polygon, or an outline that is broken as a whole, is left out and
  /// told there.
  SegmentationRef add(simdjson::dom::element value, std::int32_t height, std::int32_t width,
                      std::vector<std::string>* broken = nullptr);
  void clear();

 private:
  SegmentationRef add_either(simdjson::dom::element value, std::int32_t height, std::int32_t width,
                             std::vector<std::string>* broken);
  SegmentationRef add_polygons(simdjson::dom::array polygons, std::vector<std::string>* broken);
  void add_polygon(simdjson::dom::element polygon, std::size_t number);
  SegmentationRef add_rle(const Rle& rle);
};

/// A mask of the image's size from JSON run lengths {size, counts} as text or numbers; of their own size where the
/// image's is not known (0). Throws BrokenElement.
Rle read_rle(simdjson::dom::element value, std::int32_t height, std::int32_t width);

/// The mask that `ref` stands for; arenas as in AnnotationSet. Without an outline: a mask with no pixel set.
Rle mask_of(const SegmentationRef& ref, const std::vector<double>& coordinates,
            const std::vector<std::int64_t>& polygon_ends, const std::vector<std::uint32_t>& rle_counts,
            std::int32_t height, std::int32_t width);

}  // namespace longtail

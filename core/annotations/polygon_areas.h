#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace longtail {

/// One closed polygon that somebody else holds: `count` numbers x0 y0 x1 y1 ...
struct PolygonView {
  const double* xy = nullptr;
  std::size_t count = 0;
};

/// Square pixels of the polygons of one object. One whose box overlaps no other one's counts with its exact area; those
/// whose boxes overlap count together, as the pixels of the merged mask (as COCO's tools make it) within the image where
/// its size is known (not 0), or as the largest one where they are too thin to have a pixel. The plain sum of exact areas
/// where the work has no proportion to that: more than two million pairs of boxes, outlines that cross more than 500 000
/// pixel columns in all, or an image of unknown size whose polygons reach over more than 65 535 pixels.
double area_of_polygons(const std::vector<PolygonView>& polygons, std::int32_t height, std::int32_t width);

}  // namespace longtail

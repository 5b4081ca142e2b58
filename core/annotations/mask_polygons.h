#pragma once

#include <longtail/export.h>

#include <vector>

#include "core/annotations/rle.h"

namespace longtail {

/// The outlines of a mask along the sides of its pixels: a polygon x0 y0 x1 y1 ... for each part whose pixels share
/// sides. A hole hangs on its part's outline by an edge there and back, which encloses nothing, so that the polygons
/// rasterise to the mask itself.
LONGTAIL_API std::vector<std::vector<double>> polygons_of(const Rle& mask);

}  // namespace longtail

#pragma once

#include <cstdint>

#include "core/annotations/outlines.h"

namespace longtail {

// Measures of an outline that `outlines` holds, for annotations that do not tell them. `ref` is not empty.

/// Square pixels: polygons by their corners, as COCO's and LVIS's files tell it, but those whose boxes overlap by the
/// pixels of the image (of any where its size is 0) that they cover together, unless that would take work out of all
/// proportion (see polygon_areas.h); run lengths by what they set.
double area_of_outline(const Outlines& outlines, const SegmentationRef& ref, std::int32_t height, std::int32_t width);
/// Around all corners of the polygons, or the pixels that the run lengths of an image of `height` set.
BoxXywh box_around_outline(const Outlines& outlines, const SegmentationRef& ref, std::int32_t height,
                           std::int32_t width);

}  // namespace longtail

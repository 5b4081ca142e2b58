#pragma once

#include <longtail/export.h>

#include "core/data/image.h"

namespace longtail {

// EXIF's orientations: 1 as stored, 2 mirrored, 3 upside down, 4 mirrored upside down, 5 to 8 lying on a side, of which
// 5 and 7 mirrored.

/// True where the upright picture is as wide as the stored one is high.
constexpr bool swaps_sides(int orientation) { return orientation >= 5; }

/// The part of a stored picture of height x width pixels that becomes `upright`, a part of the upright picture.
LONGTAIL_API Rect stored_part(const Rect& upright, int height, int width, int orientation);

/// A stored picture, or a part of it, turned upright.
LONGTAIL_API void turn_upright(const Image& stored, int orientation, Image& upright);

}  // namespace longtail

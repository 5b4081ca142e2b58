#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include "core/draw/canvas.h"

namespace longtail {

/// Makes the canvas look like a material: paper, cloth, brushed metal or wood, or stone. Changes brightness alone, by
/// up to about a quarter at strength 1.
LONGTAIL_API void draw_texture(double strength, Rng& rng, Canvas& canvas);

}  // namespace longtail

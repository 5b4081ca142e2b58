#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include "core/draw/canvas.h"

namespace longtail {

/// Fills the canvas with a random pattern: gradients, clouds, stripes, tiles, dots or cells in a palette of related
/// colours. `contrast` in [0, 1]: from almost plain to as strong as the drawings before it.
LONGTAIL_API void draw_background(double contrast, Rng& rng, Canvas& canvas);

/// Soft round shades of random colour, `count` of them: they hide parts of what is there.
LONGTAIL_API void draw_blobs(int count, double largest, double opacity, Rng& rng, Canvas& canvas);

/// Adds noise of this standard deviation to every value.
LONGTAIL_API void add_grain(double deviation, Rng& rng, Canvas& canvas);

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include "core/data/image.h"

namespace longtail {

/// Scales the part `region` of `image` to height x width and keeps the window `window` of the result: bilinear,
/// widened by the factor of reduction where the picture shrinks, in fixed point with a rounding after the horizontal
/// pass and one after the vertical pass, as Pillow does (and torchvision on Pillow images).
LONGTAIL_API void resize_bilinear(const Image& image, const Rect& region, int height, int width, const Rect& window,
                                  Image& out);

/// Scales so that the short side has `side` pixels and cuts out the centre, size x size (torchvision's Resize(side) and
/// CenterCrop(size), size <= side).
LONGTAIL_API void resize_short_side(const Image& image, int side, int size, Image& out);

}  // namespace longtail

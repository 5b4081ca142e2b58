#pragma once

#include <longtail/export.h>

#include "core/data/image.h"

namespace longtail {

// As Pillow's ImageEnhance, on which torchvision's ColorJitter stands, to the byte: a blend with black, with the mean
// grey, with the grey picture; factor 1 changes nothing.
LONGTAIL_API void adjust_brightness(Image& image, float factor);
LONGTAIL_API void adjust_contrast(Image& image, float factor);
LONGTAIL_API void adjust_saturation(Image& image, float factor);

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>

#include "core/data/image.h"

namespace longtail {

/// "" where the picture that `reader` has open has the size that its annotations tell (0: they tell none); else what
/// differs and what to do about it, as the end of a sentence that begins with the picture. `annotated` names the
/// annotation: "image 3 of train.json"; `root_setting` is what names the folder of the pictures.
LONGTAIL_API std::string size_problem(const ImageReader& reader, std::int64_t width, std::int64_t height,
                                      const std::string& annotated, const std::string& root_setting);

}  // namespace longtail

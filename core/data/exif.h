#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <cstdint>

namespace longtail {

/// The orientation that EXIF data tell, 1 ... 8 (EXIF 2.3, tag 0x0112): how the stored picture is to be turned to stand
/// upright. 1, as it is, where they tell none, or one that does not exist, or are damaged. `bytes` start with the TIFF
/// header, "II*\0" or "MM\0*": the content of a PNG's eXIf chunk, or what follows "Exif\0\0" in a JPEG's APP1.
LONGTAIL_API int exif_orientation(const std::uint8_t* bytes, std::size_t size);

}  // namespace longtail

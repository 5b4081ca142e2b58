#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/data/image_options.h"

namespace longtail {

enum class ImageFormat { unknown, jpeg, png };

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int height = 0;
  int width = 0;
  int orientation = 1;  // EXIF's, 1 ... 8; the sizes are those of the stored picture
  int bits = 8;         // of a value
  std::string problem;  // "" = the structure is whole
};

/// Walks a file's segments from the first byte to the end marker, without decoding. Finds what decoders only warn of
/// or fill with grey: missing ends, lengths that lead outside the file, empty pictures, other formats; and what
/// `options` do not allow.
LONGTAIL_API ImageHeader inspect_image(const std::uint8_t* bytes, std::size_t size, const ImageOptions& options = {});

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace longtail {

enum class ImageFormat { unknown, jpeg, png };

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int height = 0;
  int width = 0;
  std::string problem;  // "" = the structure is whole
};

/// Walks a file's segments from the first byte to the end marker, without decoding. Finds what decoders only warn of
/// or fill with grey: missing ends, lengths that lead outside the file, empty pictures, other formats.
LONGTAIL_API ImageHeader inspect_image(const std::uint8_t* bytes, std::size_t size);

}  // namespace longtail

#include <cstdlib>

#include "core/data/exif.h"
#include "core/data/image_format.h"

/// The walk through a picture's structure stays inside it, and what it allows is within the bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const longtail::ImageOptions options;
  const longtail::ImageHeader header = longtail::inspect_image(data, size, options);
  const std::int64_t pixels = static_cast<std::int64_t>(header.height) * header.width;
  if (header.problem.empty() && (pixels < 1 || pixels > options.max_pixels)) std::abort();
  if (header.orientation < 1 || header.orientation > 8) std::abort();
  const int orientation = longtail::exif_orientation(data, size);
  if (orientation < 1 || orientation > 8) std::abort();
  return 0;
}

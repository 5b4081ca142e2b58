#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/data/image.h"

namespace longtail::testing {

inline std::string oracle_path(const std::string& name) { return LONGTAIL_SOURCE_DIR "/tests/oracle/data/" + name; }

inline Image read_picture(const std::string& name) {
  ImageReader reader;
  reader.open(oracle_path(name));
  return reader.decode();
}

/// Of 8-bit values; 256 where the sizes differ.
inline int max_difference(const Image& a, const Image& b) {
  if (a.height != b.height || a.width != b.width) return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

}  // namespace longtail::testing

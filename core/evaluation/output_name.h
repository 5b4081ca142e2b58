#pragma once

#include <string>

namespace longtail {

/// "per_class.csv", or "per_class.partial.csv" of an evaluation of a part of the images: such a file must not pass for
/// a result wherever it is copied to.
inline std::string output_name(const std::string& stem, const std::string& ending, bool partial) {
  return stem + (partial ? ".partial." : ".") + ending;
}

}  // namespace longtail

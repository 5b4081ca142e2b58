#pragma once

#include <cstdint>

namespace longtail {

class ParamBinder;

/// Short sides of the usual image of a set, pixels: as it is, and as training shows it to the network.
struct UsualSides {
  std::int64_t picture = 0;
  std::int64_t network = 0;
};

/// How the pictures of a set are read, and how much one of them may ask for.
struct ImageOptions {
  bool exif_orientation = false;
  std::int64_t max_pixels = 100'000'000;
  std::int64_t max_scans = 50;

  /// The three parameters, all in `data`.
  void bind(ParamBinder& p);
};

}  // namespace longtail

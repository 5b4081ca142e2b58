#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/draw/canvas.h"

namespace longtail {

/// Pictures of a folder, to draw other things on.
class LONGTAIL_API BackgroundPhotos {
 public:
  /// All JPEG and PNG files of the folder. Throws DataError where it has none, or one cannot be read.
  explicit BackgroundPhotos(const std::string& folder);

  /// Fills the canvas with a random part of a random picture, perhaps mirrored, in the canvas's shape.
  void draw(Rng& rng, Canvas& canvas) const;

 private:
  std::vector<Image> photos_;
};

}  // namespace longtail

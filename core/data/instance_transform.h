#pragma once

#include <longtail/export.h>
#include <longtail/params.h>
#include <longtail/rng.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/data/normalizer.h"

namespace longtail {

/// How a picture is to be scaled and mirrored.
struct InstanceView {
  int height = 0;  // after scaling
  int width = 0;
  double scale_x = 1;  // after / before
  double scale_y = 1;
  bool flip = false;
};

/// From a picture file to what a detector sees: scaled so that the short side has a wanted length, unless the long side
/// would grow too long; mirrored half of the time in training; normalised; zeros beside and below up to the batch's
/// size.
class LONGTAIL_API InstanceTransform {
 public:
  struct Params {
    std::vector<std::int64_t> short_sides{640, 672, 704, 736, 768, 800};
    std::int64_t test_short_side = 800;
    std::int64_t max_long_side = 1333;
    double flip = 0.5;
    std::string resize = "before";
    std::vector<double> mean{0.485, 0.456, 0.406};
    std::vector<double> std{0.229, 0.224, 0.225};
    std::int64_t pad_to = 32;

    void bind(ParamBinder& p);
  };

  explicit InstanceTransform(Params params);

  /// Of a picture of this size; draws from `rng` alone.
  InstanceView train_view(int height, int width, Rng& rng) const;
  InstanceView test_view(int height, int width) const;
  /// How many times longer the short side grows in training, at the middle one of `short_sides`.
  double usual_scale(int height, int width) const;

  /// A decoded picture at its view's size: 8-bit values, or floats.
  struct Picture {
    Image bytes;
    FloatImage floats;
  };
  /// Decodes what `reader` has open. Throws DataError as ImageReader does.
  Picture scale(ImageReader& reader, const InstanceView& view) const;

  /// The least multiple of pad_to that is not less than `side`.
  std::int64_t padded(std::int64_t side) const;
  /// Writes [3, height, width]: the normalised picture, mirrored where the view says so, and zeros around.
  void write(const Picture& picture, const InstanceView& view, std::int64_t height, std::int64_t width,
             float* out) const;

  /// The way back, for people to see: 8-bit values of the top left of planes [3, plane_height, plane_width].
  Image restore(const float* planes, std::int64_t plane_height, std::int64_t plane_width, int height, int width) const {
    return normalizer_.restore(planes, plane_height, plane_width, height, width);
  }

 private:
  InstanceView view(int height, int width, std::int64_t short_side) const;

  Params params_;
  Normalizer normalizer_;
  bool bytes_first_;
};

}  // namespace longtail

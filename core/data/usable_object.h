#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>

#include "core/annotations/annotation_set.h"

namespace longtail {

struct Corners {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};
/// The part of a box that lies in the image; all of it where the image's size is not known.
Corners clipped(const BoxXywh& box, const ImageRecord& image);

/// Why training leaves an object out.
enum class LeftOut { no, crowd, ignored, tiny };
/// `min_side`: boxes that are narrower or lower than that in the image, in its own pixels, are tiny; so are those
/// without area.
LeftOut left_out(const ObjectRecord& object, const ImageRecord& image, double min_side);
inline constexpr double kMinBoxSide = 1;  // pixels; what training uses

struct LeftOutCounts {
  std::int64_t objects = 0;  // of the set
  std::int64_t crowds = 0;
  std::int64_t ignored = 0;
  std::int64_t tiny = 0;

  std::int64_t total() const { return crowds + ignored + tiny; }
};
LONGTAIL_API LeftOutCounts count_left_out(const AnnotationSet& set, double min_side);
/// "8 of 16 objects are left out: 6 crowds (iscrowd), 2 of less than a pixel"; "" where none is.
LONGTAIL_API std::string to_string(const LeftOutCounts& counts);

}  // namespace longtail

#include "core/data/usable_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/text/counted.h"

namespace longtail {

Corners clipped(const BoxXywh& box, const ImageRecord& image) {
  const Corners corners{box.x, box.y, box.x + box.w, box.y + box.h};
  if (image.width == 0) return corners;
  const double width = image.width, height = image.height;
  return {std::clamp(corners.x1, 0.0, width), std::clamp(corners.y1, 0.0, height), std::clamp(corners.x2, 0.0, width),
          std::clamp(corners.y2, 0.0, height)};
}

LeftOut left_out(const ObjectRecord& object, const ImageRecord& image, double min_side) {
  if (object.crowd) return LeftOut::crowd;
  if (object.ignore) return LeftOut::ignored;
  const Corners box = clipped(object.box, image);
  const double width = box.x2 - box.x1, height = box.y2 - box.y1;
  const bool usable = width > 0 && height > 0 && width >= min_side && height >= min_side;
  return usable ? LeftOut::no : LeftOut::tiny;
}

LeftOutCounts count_left_out(const AnnotationSet& set, double min_side) {
  LeftOutCounts counts;
  for (const ImageRecord& image : set.images) {
    for (std::int64_t o = image.first_object; o < image.first_object + image.num_objects; ++o) {
      const LeftOut why = left_out(set.objects[static_cast<std::size_t>(o)], image, min_side);
      ++counts.objects;
      if (why == LeftOut::crowd) ++counts.crowds;
      if (why == LeftOut::ignored) ++counts.ignored;
      if (why == LeftOut::tiny) ++counts.tiny;
    }
  }
  return counts;
}

std::string to_string(const LeftOutCounts& counts) {
  if (counts.total() == 0) return "";
  std::string text = fmt::format("{} of {} {} left out:", counts.total(), counted(counts.objects, "object"),
                                 if_one(counts.total(), "is", "are"));
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format("{} {} {}", text.back() == ':' ? "" : ",", count, what);
  };
  add(counts.crowds, if_one(counts.crowds, "crowd (iscrowd)", "crowds (iscrowd)"));
  add(counts.ignored, "marked to be ignored");
  add(counts.tiny, "of less than a pixel inside the image");
  return text;
}

}  // namespace longtail

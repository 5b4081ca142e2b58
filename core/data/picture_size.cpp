#include "core/data/picture_size.h"

#include <fmt/format.h>

#include "core/data/orientation.h"

namespace longtail {

std::string size_problem(const ImageReader& reader, std::int64_t width, std::int64_t height,
                         const std::string& annotated, const std::string& root_setting) {
  if (width == 0 || (reader.width() == width && reader.height() == height)) return {};
  const bool lies = swaps_sides(reader.orientation()) && reader.width() == height && reader.height() == width;
  if (lies && reader.applies_orientation()) {
    return fmt::format(
        "{} x {} pixels once its EXIF orientation ({}) turns it upright, but {} has {} x {}, the size as it is stored: "
        "the annotations were made on stored pictures; set data.exif_orientation to false (data browse and data check: "
        "--exif-orientation false)",
        reader.width(), reader.height(), reader.orientation(), annotated, width, height);
  }
  if (lies) {
    return fmt::format(
        "{} x {} pixels as it is stored, but {} has {} x {}, the size once its EXIF orientation ({}) turns it upright; "
        "set data.exif_orientation to true (data browse and data check: --exif-orientation true)",
        reader.width(), reader.height(), annotated, width, height, reader.orientation());
  }
  return fmt::format("{} x {} pixels, but {} has {} x {}; check that {} and the annotations belong together",
                     reader.width(), reader.height(), annotated, width, height, root_setting);
}

}  // namespace longtail

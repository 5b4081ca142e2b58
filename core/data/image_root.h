#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <functional>
#include <string>

namespace longtail {

/// Throws DataError where the folder `root` does not exist, or has none of the first pictures that the file `source`
/// names: a wrong folder must not look like a set of unreadable pictures, least of all under `bad_image: skip`.
/// `setting` is what a user changes to name another folder: "data.root".
LONGTAIL_API void check_image_root(const std::string& root, const std::string& setting, const std::string& source,
                                   std::int64_t num_images, const std::function<std::string(std::int64_t)>& path);

/// Where under `root` the picture lies that annotations call `name`. LVIS v0.5 names pictures as COCO did in 2014,
/// COCO_train2014_000000000042.jpg, though its sets are those of 2017, where the same picture is 000000000042.jpg:
/// whichever is there.
LONGTAIL_API std::string picture_name(const std::string& root, const std::string& name);

}  // namespace longtail

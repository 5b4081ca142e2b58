#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace longtail {

/// What a list or a file of annotations calls its picture number `index`.
using PictureNames = std::function<std::string(std::int64_t index)>;

/// Throws DataError where the folder `root` does not exist, or none of the first pictures that the file `source` names
/// is there: a wrong folder must not look like a set of unreadable pictures, least of all under `bad_image: skip`.
/// `setting` is what a user changes to name another folder: "data.root".
LONGTAIL_API void check_image_root(const std::string& root, const std::string& setting, const std::string& source,
                                   std::int64_t num_images, const PictureNames& name);

/// The name under `root` of the picture that annotations call `name`, whichever of these is there. LVIS v0.5 names
/// pictures as COCO did in 2014, COCO_train2014_000000000042.jpg, though its sets are those of 2017, where the same
/// picture is 000000000042.jpg. Programs on Windows write back slashes between folders.
LONGTAIL_API std::string picture_name(const std::string& root, const std::string& name);

/// Where the picture lies that a list or annotations call `name`: below `root`, by picture_name(), or where an absolute
/// name says. The one way from names to files.
LONGTAIL_API std::string picture_path(const std::string& root, const std::string& name);

/// Pictures that are named but not there.
struct MissingPictures {
  std::int64_t count = 0;
  std::vector<std::string> examples;  // the first few, each with the reason
};

/// Looks for each of a set's pictures, from several threads; `progress(done, total)`, which may be empty, is called now
/// and then, by one thread at a time.
LONGTAIL_API MissingPictures find_missing_pictures(const std::string& root, std::int64_t num_images,
                                                   const PictureNames& name,
                                                   const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace longtail

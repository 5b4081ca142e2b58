#include "core/data/image_root.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <filesystem>

namespace longtail {

void check_image_root(const std::string& root, const std::string& setting, const std::string& source,
                      std::int64_t num_images, const std::function<std::string(std::int64_t)>& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) {
    throw DataError(
        fmt::format("{}: the data folder does not exist; set {} to the folder that the paths in {} start from", root,
                    setting, source));
  }
  const std::int64_t tried = std::min<std::int64_t>(num_images, 16);
  for (std::int64_t i = 0; i < tried; ++i) {
    if (fs::exists(fs::path(root) / path(i), ignored)) return;
  }
  if (tried == 0) return;
  throw DataError(fmt::format(
      "{}: no '{}' in it, nor any other of the first {} pictures of {}; set {} to the folder that the list's "
      "paths start from",
      root, path(0), tried, source, setting));
}

std::string picture_name(const std::string& root, const std::string& name) {
  constexpr std::size_t kNumbered = 16;  // 000000000042.jpg
  std::error_code ignored;
  const bool old = name.rfind("COCO_", 0) == 0 && name.size() > kNumbered && name.find('/') == std::string::npos;
  if (!old || std::filesystem::exists(std::filesystem::path(root) / name, ignored)) return name;
  return name.substr(name.size() - kNumbered);
}

}  // namespace longtail

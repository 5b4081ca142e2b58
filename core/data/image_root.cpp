#include "core/data/image_root.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <filesystem>

#include "core/system/workers.h"
#include "registry/files/input_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

// Why the picture cannot be opened, "" where it seems that it can.
std::string reason_of_missing(const std::string& path, const std::string& name) {
  std::error_code unseen;
  if (fs::is_regular_file(path, unseen)) return {};
  const InputFile file(path);
  if (!file.is_missing()) return file.reason();
  if (name.size() > 2 && name[1] == ':' && name[2] == '\\') return "a path of Windows";
  if (name.find('\\') == std::string::npos) return file.reason();
  return "there is none with back slashes in its name, nor one in folders of these names";
}

}  // namespace

void check_image_root(const std::string& root, const std::string& setting, const std::string& source,
                      std::int64_t num_images, const PictureNames& name) {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) {
    throw DataError(
        fmt::format("{}: the data folder does not exist; set {} to the folder that the paths in {} start from", root,
                    setting, source));
  }
  const std::int64_t tried = std::min<std::int64_t>(num_images, 16);
  for (std::int64_t i = 0; i < tried; ++i) {
    if (fs::exists(picture_path(root, name(i)), ignored)) return;
  }
  if (tried == 0) return;
  const std::string first = name(0);
  throw DataError(
      fmt::format("{}: no '{}' in it{}, nor any other of the first {} pictures of {}; set {} to the folder that the "
                  "list's paths start from",
                  root, first, first.find('\\') == std::string::npos ? "" : ", with back slashes or with folders",
                  tried, source, setting));
}

std::string picture_name(const std::string& root, const std::string& name) {
  constexpr std::size_t kNumbered = 16;  // 000000000042.jpg
  std::error_code ignored;
  const auto is_there = [&](const std::string& candidate) { return fs::exists(fs::path(root) / candidate, ignored); };
  if (name.find('\\') != std::string::npos && !is_there(name)) {
    std::string folders = name;
    std::replace(folders.begin(), folders.end(), '\\', '/');
    return is_there(folders) ? folders : name;
  }
  const bool old = name.rfind("COCO_", 0) == 0 && name.size() > kNumbered && name.find('/') == std::string::npos;
  if (!old || is_there(name)) return name;
  return name.substr(name.size() - kNumbered);
}

std::string picture_path(const std::string& root, const std::string& name) {
  return (fs::path(root) / picture_name(root, name)).string();  // an absolute name stays what it is
}

MissingPictures find_missing_pictures(const std::string& root, std::int64_t num_images, const PictureNames& name,
                                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  constexpr std::int64_t kPiece = 256;
  constexpr std::size_t kExamples = 5;
  constexpr int kThreads = 8;  // they wait for the disk or the network, not for a core
  const std::int64_t pieces = (num_images + kPiece - 1) / kPiece;
  std::vector<std::vector<std::string>> found(static_cast<std::size_t>(workers_for(pieces, kThreads)));
  MissingPictures missing;
  const auto look = [&](std::int64_t piece, int worker) {
    std::vector<std::string>& here = found[static_cast<std::size_t>(worker)];
    here.clear();
    for (std::int64_t i = piece * kPiece; i < std::min(num_images, (piece + 1) * kPiece); ++i) {
      const std::string path = picture_path(root, name(i));
      const std::string reason = reason_of_missing(path, name(i));
      if (!reason.empty()) here.push_back(fmt::format("{} ({})", path, reason));
    }
  };
  const auto count = [&](std::int64_t piece, int worker) {
    for (std::string& example : found[static_cast<std::size_t>(worker)]) {
      ++missing.count;
      if (missing.examples.size() < kExamples) missing.examples.push_back(std::move(example));
    }
    if (progress) progress(std::min(num_images, (piece + 1) * kPiece), num_images);
  };
  for_each_in_order(pieces, kThreads, look, count);
  return missing;
}

}  // namespace longtail

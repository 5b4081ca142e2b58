#include "core/engine/named_pictures.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/system/natural_order.h"
#include "registry/files/input_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

bool is_picture(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

/// Thumbnails, resource forks of macOS, checkpoints of notebooks: not what people mean by their pictures.
bool is_hidden(const fs::path& file) { return file.filename().string().compare(0, 1, ".") == 0; }

void find_below(const fs::path& folder, const fs::path& left_out, std::vector<NamedPicture>& found) {
  const auto before = static_cast<std::ptrdiff_t>(found.size());
  std::error_code failure, unseen;
  fs::recursive_directory_iterator entry(folder, failure);
  for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
    const fs::path& path = entry->path();
    if (entry->is_directory(unseen)) {
      if (is_hidden(path) || (!left_out.empty() && fs::equivalent(path, left_out, unseen))) {
        entry.disable_recursion_pending();
      }
    } else if (!is_hidden(path) && is_picture(path)) {
      found.push_back({path.string(), path.lexically_relative(folder).generic_string()});
    }
  }
  if (failure) throw DataError(fmt::format("{}: cannot be read whole: {}", folder.string(), failure.message()));
  if (static_cast<std::ptrdiff_t>(found.size()) == before) {
    throw DataError(fmt::format("{}: no picture (JPEG or PNG) in this folder or below", folder.string()));
  }
  std::sort(found.begin() + before, found.end(),
            [](const NamedPicture& a, const NamedPicture& b) { return natural_less(a.file, b.file); });
}

}  // namespace

std::vector<NamedPicture> find_pictures(const std::vector<std::string>& paths, const std::string& left_out) {
  std::vector<NamedPicture> found;
  for (const std::string& path : paths) {
    std::error_code unseen;
    if (fs::is_directory(path, unseen)) {
      find_below(path, left_out, found);
      continue;
    }
    const InputFile file(path);
    if (file.is_missing()) throw DataError(fmt::format("{}: no such file or folder", path));
    if (file.is_foreign()) throw DataError(fmt::format("{}: {}; {}", path, file.reason(), file.advice()));
    found.push_back({path, fs::path(path).filename().string()});
  }
  return found;
}

}  // namespace longtail

#include "registry/config/config_files.h"

#include <longtail/config/suggest.h>

#include <system_error>

namespace longtail {
namespace fs = std::filesystem;
namespace {

constexpr int max_listed = 10000;  // a root may be somebody's home

bool is_yaml(const fs::path& file) { return file.extension() == ".yaml" || file.extension() == ".yml"; }

void list_configs(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code error;
  int seen = 0;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator() && ++seen <= max_listed; entry.increment(error)) {
    std::error_code ignored;
    bool hidden = entry->path().filename().string().compare(0, 1, ".") == 0;
    if (hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    if (hidden || !is_yaml(entry->path()) || !entry->is_regular_file(ignored)) continue;
    names.push_back(entry->path().lexically_relative(folder).replace_extension().generic_string());
  }
}

}  // namespace

fs::path find_config(const fs::path& name) {
  for (const char* suffix : {"", ".yaml", ".yml"}) {
    fs::path file = name;
    file += suffix;
    std::error_code error;
    // A pipe or a device, too: reading it says what it is.
    if (fs::exists(file, error) && !fs::is_directory(file, error)) return file;
  }
  return {};
}

std::string suggest_config(const std::string& name, const std::vector<fs::path>& folders, const std::string& prefix) {
  fs::path wanted = fs::path(name).lexically_normal();
  if (is_yaml(wanted)) wanted.replace_extension();
  std::vector<std::string> names;
  for (const fs::path& folder : folders) list_configs(folder, names);
  std::string found = nearest(wanted.generic_string(), names);
  if (found.empty()) {
    // The right name in another folder.
    std::vector<std::string> stems;
    for (const std::string& candidate : names) stems.push_back(fs::path(candidate).filename().string());
    std::string stem = nearest(wanted.filename().string(), stems);
    for (std::size_t i = 0; i < names.size() && found.empty() && !stem.empty(); ++i) {
      if (stems[i] == stem) found = names[i];
    }
  }
  return found.empty() ? "" : " (did you mean '" + prefix + found + "'?)";
}

}  // namespace longtail

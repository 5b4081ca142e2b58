#include "registry/plugin/scaffold.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/config/suggest.h>
#include <longtail/error.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace longtail {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::pair<std::string, std::string>>;

std::string class_name(const std::string& name) {
  std::string text;
  bool start = true;
  for (const char c : name) {
    if (c == '_') {
      start = true;
    } else {
      text += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      start = false;
    }
  }
  return text;
}

std::string replace_all(std::string text, const Words& words) {
  for (const auto& [from, to] : words) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

/// The name becomes a file, a CMake target and a class.
void check_name(const std::string& name, const std::string& kind, const std::vector<std::string>& taken) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  const bool good = !name.empty() && name[0] >= 'a' && name[0] <= 'z' && name.back() != '_' &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (!good) {
    throw ConfigError(fmt::format("'{}' is no name for a plugin: use a-z, 0-9 and _, a letter first", name));
  }
  if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
    throw ConfigError(fmt::format("there is a {} '{}' already; choose another name", kind, name));
  }
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const fs::path& file, const std::string& text) {
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  if (failure) {
    throw Error(ExitCode::other, fmt::format("cannot make the folder {}: {}; name another place with --out",
                                             file.parent_path().string(), failure.message()));
  }
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) {
    throw Error(ExitCode::other, fmt::format("cannot write {}: {}; make room there, or name another place with --out",
                                             file.string(), std::strerror(errno)));
  }
}

}  // namespace

fs::path template_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path folder = program.parent_path().parent_path() / "share" / "longtail" / "templates";
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ExitCode::other,
                fmt::format("the templates are missing: {} does not exist; install longtail again", folder.string()));
  }
  return folder;
}

std::vector<std::string> template_kinds(const fs::path& templates) {
  std::vector<std::string> kinds;
  for (const fs::directory_entry& entry : fs::directory_iterator(templates)) {
    if (entry.is_directory()) kinds.push_back(entry.path().filename().string());
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

fs::path scaffold(const fs::path& templates, const std::string& kind, const std::string& name, const fs::path& parent,
                  const std::vector<std::string>& taken) {
  const std::vector<std::string> kinds = template_kinds(templates);
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    throw ConfigError(fmt::format("there is no kind of plugin '{}'{}; there are: {}", kind, did_you_mean(kind, kinds),
                                  fmt::join(kinds, ", ")));
  }
  check_name(name, kind, taken);
  const fs::path folder = parent / name;
  std::error_code ignored;  // where the folder cannot be looked at, it cannot be written either
  if (fs::exists(fs::symlink_status(folder, ignored))) {
    throw ConfigError(fmt::format("{} exists already; choose another name or remove it", folder.string()));
  }
  std::string words = name;
  std::replace(words.begin(), words.end(), '_', ' ');
  const Words values = {{"@name@", name}, {"@Name@", class_name(name)}, {"@NAME@", words}};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(templates / kind)) {
    if (!entry.is_regular_file()) continue;
    const std::string inner = replace_all(fs::relative(entry.path(), templates / kind).string(), values);
    write(folder / inner, replace_all(read(entry.path()), values));
  }
  return folder;
}

}  // namespace longtail

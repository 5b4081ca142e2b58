#include "core/emoji/make_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include <longtail/error.h>

namespace longtail {

namespace fs = std::filesystem;

namespace {

/// `out` without a slash at its end: names made from it must not lie inside it.
fs::path without_slash(const std::string& out) {
  const fs::path path = out;
  return path.has_filename() ? path : path.parent_path();
}

/// A new folder beside `target`; one that is there already, an earlier call's or the user's, is not taken.
fs::path make_neighbour(const fs::path& target) {
  if (target.has_parent_path()) fs::create_directories(target.parent_path());
  for (int number = 0;; ++number) {
    const std::string name = fmt::format("{}.partial-{}-{}", target.string(), ::getpid(), number);
    if (::mkdir(name.c_str(), 0777) == 0) return name;
    if (errno != EEXIST) throw fs::filesystem_error("mkdir", name, std::error_code(errno, std::generic_category()));
  }
}

}  // namespace

void require_new_folder(const std::string& out) {
  std::error_code ignored;
  const fs::file_type type = fs::symlink_status(without_slash(out), ignored).type();
  if (type != fs::file_type::none && type != fs::file_type::not_found) {
    throw DataError(fmt::format("{}: exists already; remove it, or choose another folder with --out", out));
  }
}

void make_folder(const std::string& out, const std::function<void(const fs::path&)>& make) {
  require_new_folder(out);
  const fs::path target = without_slash(out);
  fs::path partial;  // "" until there is one of our own
  try {
    partial = make_neighbour(target);
    make(partial);
    require_new_folder(out);  // others may have made it while this took its time
    fs::rename(partial, target);
  } catch (...) {
    std::error_code ignored;
    if (!partial.empty()) fs::remove_all(partial, ignored);
    try {
      throw;
    } catch (const fs::filesystem_error& error) {
      throw Error(ExitCode::other, fmt::format("{}: cannot be written: {}; choose another folder with --out", out,
                                               error.code().message()));
    }
  }
}

}  // namespace longtail

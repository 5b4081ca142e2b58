#include "core/emoji/make_folder.h"

#include <fmt/format.h>
#include <longtail/error.h>
#include <unistd.h>

namespace longtail {

namespace fs = std::filesystem;

void require_new_folder(const std::string& out) {
  std::error_code ignored;
  if (fs::exists(out, ignored)) {
    throw DataError(fmt::format("{}: exists already; remove it, or choose another folder with --out", out));
  }
}

void make_folder(const std::string& out, const std::function<void(const fs::path&)>& make) {
  require_new_folder(out);
  const std::string partial = fmt::format("{}.partial-{}", out, ::getpid());
  try {
    fs::create_directories(partial);
    make(partial);
    fs::rename(partial, out);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    try {
      throw;
    } catch (const fs::filesystem_error& error) {
      throw Error(ExitCode::other, fmt::format("{}: cannot be written: {}; choose another folder with --out", out,
                                               error.code().message()));
    }
  }
}

}  // namespace longtail

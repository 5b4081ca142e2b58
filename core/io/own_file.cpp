#include "core/io/own_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include "registry/files/input_file.h"

namespace longtail {

int open_own_file(const std::filesystem::path& path, int flags, std::string_view advice) {
  const int descriptor = ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (descriptor < 0 && errno != ENXIO) {  // ENXIO: a pipe that nobody reads
    if (errno != ELOOP) return -errno;
    throw Error(ExitCode::other,
                fmt::format("{}: is a symbolic link, and what it leads to would be overwritten; remove "
                            "it, or {}",
                            path.string(), advice));
  }
  struct stat facts = {};
  if (descriptor >= 0 && ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  throw Error(ExitCode::other, fmt::format("{}: is no ordinary file; remove it, or {}", path.string(), advice));
}

std::string read_own_file(const std::filesystem::path& path) {
  std::string text, problem;
  if (read_input(path, std::numeric_limits<std::uint64_t>::max(), text, problem)) return text;
  if (InputFile(path).is_missing()) return "";
  throw DataError(fmt::format("{}: {}", path.string(), problem));
}

AppendFile::AppendFile(const std::filesystem::path& path, Start start) {
  constexpr std::string_view advice = "choose another folder";
  const int anew = start == Start::anew ? O_TRUNC : 0;
  descriptor_ = open_own_file(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | anew, advice);
  if (descriptor_ >= 0) return;
  throw Error(ExitCode::other, fmt::format("{}: cannot be written: {}; {}", path.string(),
                                           std::generic_category().message(-descriptor_), advice));
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), why_(std::move(other.why_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(why_, other.why_);
  return *this;
}

bool AppendFile::write(std::string_view text) {
  while (!text.empty()) {
    const auto taken = ::write(descriptor_, text.data(), text.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) {
      why_ = std::generic_category().message(taken == 0 ? ENOSPC : errno);
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(taken));
  }
  return true;
}

}  // namespace longtail

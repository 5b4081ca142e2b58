#include "core/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/io/own_file.h"

namespace longtail {

FileLock::FileLock(std::filesystem::path file, const std::string& advice) : path_(std::move(file)) {
  std::error_code error;
  std::filesystem::create_directories(path_.parent_path(), error);
  // Inherited by the children on purpose. Others may have made it: a lock needs no right to write.
  descriptor_ = open_own_file(path_, O_RDWR | O_CREAT, advice);
  const int reason = -descriptor_;
  if (descriptor_ < 0) descriptor_ = open_own_file(path_, O_RDONLY, advice);
  if (descriptor_ < 0) {
    throw Error(ExitCode::other, fmt::format("{}: cannot be written: {}; {}", path_.string(),
                                             error ? error.message() : std::strerror(reason), advice));
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool FileLock::try_lock() {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR)) return false;
  const std::string own = std::to_string(::getpid());
  if (::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, own.data(), own.size(), 0) < 0) errno = 0;
  return true;
}

std::string FileLock::holder() const {
  std::array<char, 32> text = {};
  return ::pread(descriptor_, text.data(), text.size() - 1, 0) > 0 ? text.data() : "?";
}

FileLock lock_folder(const std::filesystem::path& folder, double seconds,
                     const std::function<void(const std::string&)>& say) {
  FileLock lock(folder / ".lock", "choose another --work-dir");
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (bool said = false; !lock.try_lock(); said = true) {
    if (std::chrono::steady_clock::now() >= until) {
      throw Error(ExitCode::other, fmt::format("{}: process {} or one that it started is still training here; wait for "
                                               "it, end it, or give another --work-dir",
                                               folder.string(), lock.holder()));
    }
    if (!said && say) say(fmt::format("{}: waiting for process {}", folder.string(), lock.holder()));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return lock;
}

}  // namespace longtail

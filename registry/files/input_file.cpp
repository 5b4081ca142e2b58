#include "registry/files/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace longtail {

InputFile::InputFile(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe must not wait for somebody who writes to it. O_NOCTTY: nor a terminal take us over.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const int error = errno;
  struct stat facts {};
  const bool known = descriptor < 0 ? ::stat(path.c_str(), &facts) == 0 : ::fstat(descriptor, &facts) == 0;
  if (known && !S_ISREG(facts.st_mode)) {  // a socket cannot even be opened
    refuse(facts.st_mode);
  } else if (descriptor < 0 || !known) {
    fail(descriptor < 0 ? error : errno);
  } else {
    descriptor_ = descriptor;
    size_ = static_cast<std::uint64_t>(facts.st_size);
    return;
  }
  if (descriptor >= 0) ::close(descriptor);
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void InputFile::refuse(unsigned mode) {
  foreign_ = true;
  if (S_ISDIR(mode)) {
    reason_ = "this is a folder";
    advice_ = "name a file in it";
    return;
  }
  reason_ = S_ISFIFO(mode)   ? "this is a pipe, not a regular file"
            : S_ISSOCK(mode) ? "this is a socket, not a regular file"
                             : "this is a device, not a regular file";
  advice_ = "put what it gives into a regular file and name that";
}

void InputFile::fail(int error) {
  missing_ = error == ENOENT || error == ENOTDIR;
  reason_ = std::generic_category().message(error);
  advice_ = missing_ ? "check the path" : "check the file and its permissions";
}

std::size_t InputFile::read(void* to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::read(descriptor_, static_cast<char*>(to) + done, count - done);
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      if (got < 0) fail(errno);
      break;
    }
  }
  return done;
}

bool read_input(const std::filesystem::path& path, std::uint64_t most, std::string& out, std::string& problem) {
  InputFile file(path);
  if (file.is_open() && file.size() > most) {
    problem = fmt::format("{} MiB are more than such a file has; is this the right file?", file.size() >> 20);
    return false;
  }
  if (file.is_open()) {
    out.resize(static_cast<std::size_t>(file.size()));
    out.resize(file.read(out.data(), out.size()));
  }
  problem = file.reason().empty() ? "" : fmt::format("{}; {}", file.reason(), file.advice());
  return problem.empty();
}

}  // namespace longtail

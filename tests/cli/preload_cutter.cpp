// Cuts a file whose name has "victim" in it to a page: a plugin when something has been read of it, another one when it
// is mapped for the second time; the first time is a look at what it is.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

namespace {

/// The file's path where it is to be cut, else "".
std::string victim(int file) {
  char path[4096] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  if (file < 0 || ::readlink(link.c_str(), path, sizeof path - 1) <= 0) return "";
  return std::strstr(path, "victim") != nullptr ? path : "";
}

}  // namespace

extern "C" void* mmap(void* wanted, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
  using Map = void* (*)(void*, std::size_t, int, int, int, off_t);
  static const Map map = reinterpret_cast<Map>(dlsym(RTLD_NEXT, "mmap"));
  void* result = map(wanted, size, protection, flags, file, offset);
  if (const std::string path = victim(file); !path.empty()) {
    static int times = 0;
    if (++times == 2 && ::truncate(path.c_str(), 4096) != 0) return MAP_FAILED;
  }
  return result;
}

extern "C" ssize_t pread(int file, void* to, std::size_t size, off_t offset) {
  using Read = ssize_t (*)(int, void*, std::size_t, off_t);
  static const Read next = reinterpret_cast<Read>(dlsym(RTLD_NEXT, "pread"));
  const ssize_t result = next(file, to, size, offset);
  const std::string path = victim(file);
  if (path.find(".longtail.so") != std::string::npos && ::truncate(path.c_str(), 4096) != 0) return -1;
  return result;
}

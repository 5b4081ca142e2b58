// Cuts a file whose name has "victim" in it to a page when it is mapped for the second time; the first time is a look
// at what it is.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

extern "C" void* mmap(void* wanted, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
  using Map = void* (*)(void*, std::size_t, int, int, int, off_t);
  static const Map map = reinterpret_cast<Map>(dlsym(RTLD_NEXT, "mmap"));
  void* result = map(wanted, size, protection, flags, file, offset);
  char path[4096] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  if (file >= 0 && ::readlink(link.c_str(), path, sizeof path - 1) > 0 && std::strstr(path, "victim") != nullptr) {
    static int times = 0;
    if (++times == 2 && ::truncate(path, 4096) != 0) return MAP_FAILED;
  }
  return result;
}

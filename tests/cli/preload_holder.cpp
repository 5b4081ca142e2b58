// The program waits the first time that it opens a file whose name has "held" in it, until somebody has opened the pipe
// named "pipe" beside it for writing and closed it.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdarg>
#include <cstring>
#include <string>

extern "C" int open(const char* path, int flags, ...) {
  using Open = int (*)(const char*, int, ...);
  static const Open next = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "open"));
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  static bool held = false;
  if (!held && std::strstr(path, "held") != nullptr) {
    held = true;
    const std::string name = path;
    const std::size_t slash = name.rfind('/');
    const std::string pipe = (slash == std::string::npos ? "" : name.substr(0, slash + 1)) + "pipe";
    const int waiting = next(pipe.c_str(), O_RDONLY | O_CLOEXEC);
    char byte = 0;
    while (waiting >= 0 && ::read(waiting, &byte, 1) > 0) {
    }
    if (waiting >= 0) ::close(waiting);
  }
  return next(path, flags, mode);
}

#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace longtail {

/// A file that somebody named for reading: the one way in which every reader opens what it is given. Only a regular
/// file is opened. A pipe would make the program wait, a device would never end, a folder has nothing to read: each is
/// told by its name instead. Never throws; what a reader says about a file that is not open is its own.
class LONGTAIL_API InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  /// There is nothing of this name.
  bool is_missing() const { return missing_; }
  /// There is something of this name, but no regular file: a folder, a pipe, a device or a socket.
  bool is_foreign() const { return foreign_; }
  /// Why it is not open, or why the last read() failed: "No such file or directory", "this is a folder". Else "".
  const std::string& reason() const { return reason_; }
  /// What to do about reason(): "name a file in it".
  const char* advice() const { return advice_; }

  int descriptor() const { return descriptor_; }
  /// Bytes, when it was opened.
  std::uint64_t size() const { return size_; }
  /// Reads up to `count` bytes from where the last call ended. Fewer: the file ends there, or reason() says what
  /// failed.
  std::size_t read(void* to, std::size_t count);

 private:
  void refuse(unsigned mode);
  void fail(int error);

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  bool missing_ = false;
  bool foreign_ = false;
  std::string reason_;
  const char* advice_ = "";
};

/// All bytes of a file into `out`; false where it is not open, cannot be read or has more than `most` bytes, and then
/// `problem` is "REASON; ADVICE".
LONGTAIL_API bool read_input(const std::filesystem::path& path, std::uint64_t most, std::string& out,
                             std::string& problem);

}  // namespace longtail

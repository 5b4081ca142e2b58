#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

namespace longtail {

/// A file's bytes, mapped: pages are read when touched. What is written to them stays in this process.
/// Reading what a file has lost since by being cut is a SIGBUS, which names it (mappings.h); replacing it by a rename
/// is fine.
class MappedFile {
 public:
  /// Throws DataError if there is no such file or it cannot be read.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  /// Bytes [begin, end) leave memory until they are read again; what was written to them is lost.
  void release(std::size_t begin, std::size_t end) const;

 private:
  explicit MappedFile(std::filesystem::path path);

  std::filesystem::path path_;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace longtail

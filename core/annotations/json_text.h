#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/io/mapped_file.h"

namespace longtail {

/// The text of a JSON file: mapped, or unpacked into memory where the file is gzip.
class JsonText {
 public:
  /// Throws DataError that says what to do: no such file; or one that is known to be something else, such as UTF-16, an
  /// archive, a web page or a pointer of Git LFS.
  explicit JsonText(const std::string& path);

  std::string_view bytes() const { return bytes_; }
  /// Where the JSON begins: behind a byte order mark.
  std::size_t begin() const { return begin_; }
  /// Lets go of the memory behind bytes that are not needed for now.
  void release(std::size_t begin, std::size_t end) const;

 private:
  std::shared_ptr<const MappedFile> file_;
  std::shared_ptr<const std::string> unpacked_;  // null: the file is plain
  std::string_view bytes_;
  std::size_t begin_ = 0;
};

}  // namespace longtail

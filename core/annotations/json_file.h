#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/mapped_file.h"

namespace longtail {

/// Neighbouring elements of a JSON array: bytes [begin, end) hold them with the commas between them.
struct JsonPiece {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::int64_t first = 0;  // index of the first element
  std::int64_t elements = 0;
};

struct JsonArray {
  std::string key;  // empty for an array that is the whole file
  std::size_t begin = 0;
  std::vector<JsonPiece> pieces;
  std::int64_t elements = 0;
};

/// A JSON file, mapped and cut into pieces of some hundred kilobytes that can be parsed one by one: files of
/// annotations are larger than what should be in memory at once. Opening finds the arrays and that every bracket and
/// quote is closed; the rest is checked when a piece is parsed. What nobody asks for is not looked into.
class JsonFile {
 public:
  /// Throws DataError: no such file, neither an object nor an array, or cut in the middle.
  explicit JsonFile(const std::string& path);

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return file_->bytes(); }
  /// The array under a key of the top-level object, or nullptr. "" is an array that is the whole file.
  const JsonArray* find(std::string_view key) const;
  /// Throws DataError that tells which keys the file has.
  const JsonArray& array(std::string_view key) const;

  /// Where an element begins.
  std::size_t begin_of(const JsonArray& array, std::int64_t element) const;
  /// Where the elements of a piece begin, in order.
  std::vector<std::size_t> begins_of(const JsonPiece& piece) const;

  /// "FILE: byte 120 (line 3): "
  std::string place(std::size_t byte) const;
  [[noreturn]] void fail(std::size_t byte, const std::string& what) const;
  /// "FILE: byte 120 (line 3): annotations[7]: "
  std::string place(const JsonArray& array, std::int64_t element) const;

  /// Lets go of the memory behind bytes that are not needed for now.
  void release(std::size_t begin, std::size_t end) const { file_->release(begin, end); }

 private:
  void outline();
  std::size_t outline_array(std::size_t begin, std::string key);

  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  std::vector<JsonArray> arrays_;
  std::vector<std::string> keys_;
};

}  // namespace longtail

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/annotations/json_text.h"

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

  /// The element in bytes [begin, end) follows.
  void add(std::size_t begin, std::size_t end);
};

/// A JSON file (UTF-8, plain or gzip), mapped and cut into pieces of some hundred kilobytes that can be parsed one by
/// one: files of annotations are larger than what should be in memory at once. Opening finds the arrays and that every
/// bracket and quote is closed; the rest is checked when a piece is parsed. What nobody asks for is not looked into.
class JsonFile {
 public:
  /// Throws DataError: no such file, no JSON, cut in the middle, or one of the keys of annotations given twice. What
  /// follows an object may be further ones (JSON lines): then the file is read as the array of them.
  explicit JsonFile(const std::string& path);

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return lines_.empty() ? text_.bytes() : std::string_view(lines_); }
  /// The array under a key of the top-level object, or nullptr. "" is an array that is the whole file.
  const JsonArray* find(std::string_view key) const;
  /// Throws DataError that tells what the file has in its place.
  const JsonArray& array(std::string_view key) const;
  /// The array that is the whole file. Throws DataError that says that `what` belongs there.
  const JsonArray& whole(const std::string& what) const;

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
  void release(std::size_t begin, std::size_t end) const { text_.release(begin, end); }

 private:
  struct Key {
    std::string name;
    char value;  // what its value begins with
  };
  void outline();
  std::size_t outline_object(std::size_t begin);
  std::size_t outline_array(std::size_t begin, std::string key);
  void outline_lines(std::size_t begin);
  bool has_key(std::string_view key) const;
  std::string keys() const;

  std::string path_;
  JsonText text_;
  std::string lines_;  // of JSON lines: the text with commas between them
  std::vector<JsonArray> arrays_;
  std::vector<Key> keys_;
  char scalar_ = 0;  // what the file begins with that is JSON, but neither a list nor an object
};

}  // namespace longtail

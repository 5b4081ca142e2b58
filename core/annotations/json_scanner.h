#pragma once

#include <cstddef>
#include <string_view>

namespace longtail {

/// Finds where JSON values end, without looking at what is in them. Positions are byte offsets; one at the text's size
/// says that the text ends too early.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  bool at_end(std::size_t at) const { return at >= text_.size(); }
  /// 0 past the end.
  char operator[](std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  std::size_t skip_space(std::size_t at) const;
  /// Past the value that begins at `at`.
  std::size_t skip_value(std::size_t at) const;
  /// Past the string whose opening quote is at `at`.
  std::size_t skip_string(std::size_t at) const;
  /// Where the value of an object's first member `key` begins; the text's size where there is none. The object begins
  /// at `at`. A key that is written with escapes is not recognised.
  std::size_t find_member(std::size_t at, std::string_view key) const;

 private:
  std::size_t skip_nested(std::size_t at) const;

  std::string_view text_;
};

}  // namespace longtail

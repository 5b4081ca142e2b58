#include "core/annotations/json_scanner.h"

#include "core/annotations/byte_finder.h"

namespace longtail {
namespace {

bool ends_scalar(char c) { return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::size_t JsonScanner::skip_space(std::size_t at) const {
  while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\n' || text_[at] == '\r' || text_[at] == '\t')) ++at;
  return at;
}

std::size_t JsonScanner::skip_value(std::size_t at) const {
  const char first = (*this)[at];
  if (first == '"') return skip_string(at);
  if (first == '{' || first == '[') return skip_nested(at);
  while (at < text_.size() && !ends_scalar(text_[at])) ++at;
  return at;
}

std::size_t JsonScanner::skip_string(std::size_t at) const {
  for (++at; at < text_.size(); ++at) {
    if (text_[at] == '"') return at + 1;
    if (text_[at] == '\\') ++at;
  }
  return text_.size();
}

std::size_t JsonScanner::find_member(std::size_t at, std::string_view key) const {
  if ((*this)[at] != '{') return text_.size();
  for (at = skip_space(at + 1); (*this)[at] == '"'; at = skip_space(at + 1)) {
    const std::size_t end_of_key = skip_string(at);
    const bool found = text_.substr(at + 1, key.size()) == key && at + 1 + key.size() + 1 == end_of_key;
    at = skip_space(end_of_key);
    if ((*this)[at] != ':') break;
    at = skip_space(at + 1);
    if (found) return at;
    at = skip_space(skip_value(at));
    if ((*this)[at] != ',') break;
  }
  return text_.size();
}

// Inside an object only braces matter, inside an array only brackets: the parser finds those that do not fit.
std::size_t JsonScanner::skip_nested(std::size_t at) const {
  const char open = text_[at];
  const ByteFinder finder(open, open == '{' ? '}' : ']', '"', '\\');
  std::size_t depth = 0, escaped = text_.size();
  bool in_string = false;
  for (std::size_t block = at; block < text_.size(); block += ByteFinder::kBlock) {
    std::uint64_t found = finder.find(text_.data() + block, text_.size() - block);
    for (; found != 0; found &= found - 1) {
      const std::size_t here = block + static_cast<std::size_t>(__builtin_ctzll(found));
      const char c = text_[here];
      if (here == escaped) continue;
      if (c == '"') {
        in_string = !in_string;
      } else if (in_string) {
        if (c == '\\') escaped = here + 1;
      } else if (c == open) {
        ++depth;
      } else if (c != '\\' && --depth == 0) {
        return here + 1;
      }
    }
  }
  return text_.size();
}

}  // namespace longtail

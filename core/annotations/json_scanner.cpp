#include "core/annotations/json_scanner.h"

namespace longtail {
namespace {

using Table = std::array<bool, 256>;

constexpr Table table_of(std::string_view characters) {
  Table table{};
  for (const char c : characters) table[static_cast<unsigned char>(c)] = true;
  return table;
}

// Inside an object only braces matter, inside an array only brackets; strings may hold either. The parser finds those
// that do not fit.
constexpr Table kOfObject = table_of("{}\"");
constexpr Table kOfArray = table_of("[]\"");
constexpr Table kAfterScalar = table_of(",]} \t\r\n");

bool in(const Table& table, char c) { return table[static_cast<unsigned char>(c)]; }

}  // namespace

std::size_t JsonScanner::skip_space(std::size_t at) const {
  while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\n' || text_[at] == '\r' || text_[at] == '\t')) ++at;
  return at;
}

std::size_t JsonScanner::skip_value(std::size_t at) const {
  const char first = (*this)[at];
  if (first == '"') return skip_string(at);
  if (first == '{' || first == '[') return skip_nested(at);
  while (at < text_.size() && !in(kAfterScalar, text_[at])) ++at;
  return at;
}

std::size_t JsonScanner::skip_string(std::size_t at) const {
  for (++at; at < text_.size(); ++at) {
    if (text_[at] == '"') return at + 1;
    if (text_[at] == '\\') ++at;
  }
  return text_.size();
}

std::size_t JsonScanner::skip_nested(std::size_t at) const {
  const char open = text_[at];
  const Table& matters = open == '{' ? kOfObject : kOfArray;
  std::size_t depth = 0;
  for (;;) {
    while (at < text_.size() && !in(matters, text_[at])) ++at;
    if (at >= text_.size()) return text_.size();
    if (text_[at] == '"') {
      at = skip_string(at);
      continue;
    }
    depth += text_[at] == open ? 1 : -1;
    ++at;
    if (depth == 0) return at;
  }
}

}  // namespace longtail

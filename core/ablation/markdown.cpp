#include "core/ablation/markdown.h"

#include <cctype>
#include <cstddef>

#include "registry/text/visible.h"

namespace longtail {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  const std::string shown = visible(text);
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    const bool within_word = i > 0 && i + 1 < shown.size() && is_word(shown[i - 1]) && is_word(shown[i + 1]);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      const bool own = c == '\\' || c == '|' || c == '`' || c == '*' || c == '[' || c == ']' || c == '~' || c == '$';
      if (own || (c == '_' && !within_word)) out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace longtail

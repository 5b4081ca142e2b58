#include "registry/text/visible.h"

#include <cstdio>

#include "registry/config/scalar.h"

namespace longtail {
namespace {

enum class Form { line, lines, json };

std::string hexadecimal(const char* format, unsigned value) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

/// How an ASCII control character is written, or "" where it stays.
std::string written_control(char c, Form form) {
  const bool breaks = c == '\n' || c == '\t';
  if (breaks && form != Form::line) return "";
  if (form == Form::json) return hexadecimal("\\u%04x", static_cast<unsigned char>(c));
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  return hexadecimal("\\x%02x", static_cast<unsigned char>(c));
}

std::string written(std::string_view text, Form form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const int length = utf8_length(text, at);
    if (length == 0) {
      out += form == Form::json ? "\\ufffd" : hexadecimal("\\x%02x", byte);
      ++at;
      continue;
    }
    std::string replacement;
    if (byte < 0x20 || byte == 0x7F) {
      replacement = written_control(text[at], form);
    } else if (const char32_t character = utf8_character(text, at, length); is_hidden_character(character)) {
      replacement = hexadecimal("\\u%04x", static_cast<unsigned>(character));
    }
    const auto size = static_cast<std::size_t>(length);
    out += replacement.empty() ? text.substr(at, size) : std::string_view(replacement);
    at += size;
  }
  return out;
}

}  // namespace

std::string visible(std::string_view text) { return written(text, Form::line); }

std::string visible(std::string_view text, std::size_t most) {
  if (text.size() <= most) return visible(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;  // whole characters
  return visible(text.substr(0, most)) + "...";
}

std::string visible_lines(std::string_view text) { return written(text, Form::lines); }

std::string visible_json(std::string_view json) { return written(json, Form::json); }

bool is_hidden_character(char32_t character) {
  const auto within = [character](char32_t first, char32_t last) { return character >= first && character <= last; };
  return within(0x80, 0x9F)                                   // C1: 0x9B begins an escape sequence by itself
         || character == 0x061C || within(0x200E, 0x200F)     // marks of the reading direction
         || within(0x2028, 0x202E) || within(0x2060, 0x206F)  // separators, embeddings, isolates, invisible signs
         || character == 0xFEFF || within(0xFFF9, 0xFFFB);    // byte order mark, annotations
}

char32_t utf8_character(std::string_view text, std::size_t at, int length) {
  const auto byte = [&](int i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]));
  };
  if (length == 1) return byte(0);
  char32_t character = byte(0) & (0xFFU >> (length + 1));
  for (int i = 1; i < length; ++i) character = (character << 6U) | (byte(i) & 0x3FU);
  return character;
}

}  // namespace longtail

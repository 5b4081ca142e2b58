#include "core/annotations/json_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "core/annotations/json_scanner.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

// No text of a file begins so by chance.
constexpr std::string_view kMark = "\x01number:";
constexpr std::string_view kMarkInJson = "\\u0001number:";
constexpr std::size_t kShown = 40;  // characters of a number that is told

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_infinite_or_nan(std::string_view token) {
  if (!token.empty() && (token.front() == '-' || token.front() == '+')) token.remove_prefix(1);
  std::string lower(token);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "nan" || lower == "inf" || lower == "infinity";
}

bool looks_like_a_number(std::string_view token) {
  const auto fits = [](char c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; };
  return is_digit(token.back()) && std::all_of(token.begin(), token.end(), fits);
}

bool is_whole(std::string_view token) { return token.find_first_of(".eE") == std::string_view::npos; }

/// Whether no 64 bits hold it, as a whole number or as a double.
bool is_too_large(std::string_view token) {
  if (!looks_like_a_number(token)) return false;
  if (!is_whole(token)) return std::isinf(std::strtod(std::string(token).c_str(), nullptr));
  const auto overflows = [&](auto value) {
    return std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc::result_out_of_range;
  };
  return token.front() == '-' ? overflows(std::int64_t{}) : overflows(std::uint64_t{});
}

bool ends_token(char c) { return std::string_view(",:]}[{\" \t\r\n").find(c) != std::string_view::npos; }

}  // namespace

std::optional<std::string> with_bad_numbers_as_texts(std::string_view text) {
  const JsonScanner scanner(text);
  std::string changed;
  std::size_t kept = 0;  // bytes before it are in `changed`
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = scanner.skip_string(at);
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !ends_token(text[end])) ++end;
    const std::string_view token = text.substr(at, end - at);
    if (!token.empty() && (is_infinite_or_nan(token) || is_too_large(token))) {
      changed += fmt::format("{}\"{}{}\"", text.substr(kept, at - kept), kMarkInJson, token);
      kept = end;
    }
    at = std::max(end, at + 1);
  }
  if (kept == 0) return std::nullopt;
  changed += text.substr(kept);
  return changed;
}

std::string bad_number(std::string_view text) {
  if (!starts_with(text, kMark)) return "";
  text.remove_prefix(kMark.size());
  if (is_infinite_or_nan(text)) return fmt::format("{}, which is no number", text);
  return fmt::format("{}{}, {}", text.substr(0, kShown), text.size() > kShown ? "..." : "",
                     is_whole(text) ? "beyond 2^63" : "more than a double holds");
}

}  // namespace longtail

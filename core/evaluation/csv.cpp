#include "core/evaluation/csv.h"

#include <array>
#include <charconv>

#include "registry/text/affixes.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr std::array<std::string_view, 8> kFormulaStarts = {"=", "+", "-", "@", "＝", "＋", "－", "＠"};

bool is_number(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const bool starts = !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '.');
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return starts && error == std::errc() && end == text.data() + text.size();
}

/// Apostrophes in front count, too: each text keeps a form of its own.
bool looks_like_formula(std::string_view text) {
  const std::size_t first = text.find_first_not_of("'");
  if (first == std::string_view::npos) return false;
  for (const std::string_view start : kFormulaStarts) {
    if (starts_with(text.substr(first), start)) return first > 0 || !is_number(text);
  }
  return false;
}

}  // namespace

std::string csv_field(std::string_view text) {
  std::string shown = visible(text);
  if (looks_like_formula(shown)) shown.insert(shown.begin(), '\'');
  if (shown.find_first_of(",\"") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char c : shown) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_text(std::string field) {
  if (!field.empty() && field[0] == '\'' && looks_like_formula(field)) field.erase(0, 1);
  return field;
}

}  // namespace longtail

#include <algorithm>
#include <cctype>

#include "registry/config/parse.h"

namespace longtail {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string_view line_at(const std::vector<std::string_view>& lines, int line) {
  bool inside = line >= 0 && static_cast<std::size_t>(line) < lines.size();
  return inside ? lines[static_cast<std::size_t>(line)] : std::string_view();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  return text;
}

// The column of a tab in the indentation, or -1.
int tab_in_indentation(std::string_view line) {
  std::size_t tab = line.find_first_not_of(' ');
  return tab != std::string_view::npos && line[tab] == '\t' ? static_cast<int>(tab) : -1;
}

// The column after "key:" where a space is missing, as in "epochs:30", or -1.
int missing_space(std::string_view line) {
  std::size_t at = line.find_first_not_of(' ');
  if (at == std::string_view::npos) return -1;
  std::size_t end = at;
  while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) || line[end] == '_')) ++end;
  bool colon = end > at && end + 1 < line.size() && line[end] == ':';
  if (!colon || std::isspace(static_cast<unsigned char>(line[end + 1]))) return -1;
  return contains(line, ": ") ? -1 : static_cast<int>(end) + 1;
}

std::string noticed(const SyntaxError& error, const std::vector<std::string_view>& lines) {
  if (error.line == error.open_line || static_cast<std::size_t>(error.line) >= lines.size()) return "";
  return " (noticed in line " + std::to_string(error.line + 1) + ")";
}

SyntaxHelp unclosed_bracket(const SyntaxError& error, const std::vector<std::string_view>& lines) {
  std::string_view line = line_at(lines, error.line);
  std::string_view before = line.substr(0, std::min(line.size(), static_cast<std::size_t>(error.column) + 1));
  std::size_t dollar = before.rfind("${");
  if (dollar != std::string_view::npos && dollar + 3 >= static_cast<std::size_t>(error.column)) {
    std::size_t end = line.find('}', dollar);
    std::string reference(line.substr(dollar, end == std::string_view::npos ? end : end + 1 - dollar));
    return {error.line, static_cast<int>(dollar), "inside [ ] and { } a reference needs quotes: '" + reference + "'"};
  }
  if (error.open_line < 0) return {error.line, error.column, "a list or map in brackets is not closed"};
  std::string message = error.open_is_list ? "this list is never closed: a ',' or ']' is missing"
                                           : "this map is never closed: a ',' or '}' is missing";
  return {error.open_line, error.open_column, message + noticed(error, lines)};
}

SyntaxHelp unexpected_colon(const SyntaxError& error, const std::vector<std::string_view>& lines) {
  for (int line : {error.line, error.line - 1}) {
    int column = missing_space(line_at(lines, line));
    if (column >= 0) {
      return {line, column, "a space is missing after ':' in '" + std::string(trimmed(line_at(lines, line))) + "'"};
    }
  }
  std::string_view line = line_at(lines, error.line);
  std::string_view before = line.substr(0, std::min(line.size(), static_cast<std::size_t>(error.column)));
  if (contains(before, ": ")) {
    return {error.line, error.column,
            "a second ': ' in one line: put the value in quotes, or the second key on a line of its own"};
  }
  std::size_t start = std::min(line.find_first_not_of(' '), line.size());
  return {error.line, static_cast<int>(start),
          "this key cannot stand here: the line above already has a value, so check the indentation of both"};
}

SyntaxHelp bad_indentation(const SyntaxError& error, const std::vector<std::string_view>& lines) {
  std::string_view line = line_at(lines, error.line);
  std::size_t start = std::min(line.find_first_not_of(' '), line.size());
  if (start < static_cast<std::size_t>(error.column)) {
    return {error.line, error.column,
            "'" + std::string(trimmed(line.substr(static_cast<std::size_t>(error.column)))) +
                "' follows a value that has ended: put all of the value in one pair of quotes"};
  }
  if (trimmed(line) == "-" || line.compare(start, 2, "- ") == 0) {
    return {error.line, error.column, "a list item cannot stand among the keys of a map: check its indentation"};
  }
  return {error.line, error.column,
          "this line does not line up with those above: keys of one map begin in the same column"};
}

}  // namespace

SyntaxHelp explain_syntax_error(const SyntaxError& raw, const std::vector<std::string_view>& lines) {
  SyntaxError error = raw;
  int last = std::max(0, static_cast<int>(lines.size()) - 1);
  error.line = std::clamp(error.line, 0, last);
  error.column = std::max(error.column, 0);
  const std::string& message = error.message;

  for (int line : {error.line, error.line - 1}) {
    int tab = tab_in_indentation(line_at(lines, line));
    if (tab >= 0) return {line, tab, "a tab in the indentation: YAML wants spaces"};
  }
  if (contains(message, "flow not found")) return unclosed_bracket(error, lines);
  if (contains(message, "illegal map value")) return unexpected_colon(error, lines);
  if (contains(message, "end of map not found") || contains(message, "end of sequence not found")) {
    return bad_indentation(error, lines);
  }
  SyntaxHelp help{error.line, error.column, ""};
  std::string_view rest = line_at(lines, error.line);
  rest = rest.substr(std::min(rest.size(), static_cast<std::size_t>(error.column)));
  if (contains(message, "EOF in scalar") || contains(message, "document indicator in scalar")) {
    help.message = "a quote was opened before and never closed";
  } else if (contains(message, "unknown token")) {
    help.message = "text cannot begin with '" + std::string(rest.substr(0, 1)) + "': put it in quotes";
  } else if (contains(message, "flow end")) {
    bool other = error.open_line >= 0 && rest.substr(0, 1) == (error.open_is_list ? "}" : "]");
    if (other) return unclosed_bracket(error, lines);
    help.message = "'" + std::string(rest.substr(0, 1)) + "' closes nothing: remove it, or put the text in quotes";
  } else if (contains(message, "block entry")) {
    help.message = "a list written with '-' begins on a line of its own";
  } else if (contains(message, "escape")) {
    help.message = "unknown escape in double quotes: use single quotes, or write '\\\\' for a backslash";
  } else if (contains(message, "anchor is not defined")) {
    help.message = "unknown anchor: text that begins with '*' needs quotes";
  } else {
    help.message = "not readable as YAML: " + message;
  }
  return help;
}

}  // namespace longtail

#include <longtail/config/node.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "registry/config/scalar.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr std::size_t flow_width = 100;  // longer lists get an item a line

// Words that other YAML readers, of version 1.1, take for bools: quoted, so that every reader sees text.
bool is_bool_elsewhere(std::string_view text) {
  static constexpr const char* words[] = {"yes", "no", "on", "off", "true", "false", "null"};
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::any_of(std::begin(words), std::end(words), [&](const char* word) { return lower == word; });
}

bool needs_escapes(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    unsigned char c = static_cast<unsigned char>(text[at]);
    int length = utf8_length(text, at);
    if (length == 0 || c < 0x20 || c == 0x7F) return true;
    if (is_hidden_character(utf8_character(text, at, length))) return true;
    at += static_cast<std::size_t>(length);
  }
  return false;
}

bool may_stand_plain(std::string_view text) {
  if (text.empty() || is_null_text(text) || is_bool_elsewhere(text)) return false;
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) >= 0x80);
  };
  auto is_safe = [&](char c) {
    return is_word(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/' || c == '+' || c == ' ' ||
           c == '(' || c == ')';
  };
  // Whatever begins like a number (dates and 1:30 too, for other readers) is quoted unless it is a path.
  bool path = text[0] == '/' || text.substr(0, 2) == "./" || text.substr(0, 3) == "../";
  if (!is_word(text[0]) && !path) return false;
  return std::all_of(text.begin(), text.end(), is_safe) && text.back() != ' ' && !needs_escapes(text);
}

std::string hex_escape(unsigned code) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", code);
  return buffer;
}

// Inside double quotes, the same for YAML and JSON. Bytes that are no UTF-8 become the replacement character.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    unsigned char c = static_cast<unsigned char>(text[at]);
    int length = utf8_length(text, at);
    std::string_view sequence = text.substr(at, static_cast<std::size_t>(std::max(length, 1)));
    if (length == 0)
      out += "\\ufffd";
    else if (c == '"')
      out += "\\\"";
    else if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else if (c < 0x20 || c == 0x7F)
      out += hex_escape(c);
    else if (char32_t character = utf8_character(text, at, length); is_hidden_character(character))
      out += hex_escape(static_cast<unsigned>(character));
    else
      out += sequence;
    at += sequence.size();
  }
  return out;
}

std::string text_to_yaml(std::string_view text) {
  if (may_stand_plain(text)) return std::string(text);
  if (needs_escapes(text)) return '"' + escaped(text) + '"';
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string scalar_to_yaml(const Node& node) {
  bool flag = false;
  std::int64_t whole = 0;
  double number = 0;
  if (node.as(flag)) return flag ? "true" : "false";
  if (node.as(whole)) {
    // 010 is ten here and eight elsewhere: write what it means.
    bool hexadecimal = node.text().substr(0, 2) == "0x";
    return hexadecimal ? node.text() : std::to_string(whole);
  }
  if (node.as(number)) return node.text();
  return text_to_yaml(node.text());
}

void write_flow(const Node& node, std::string& out) {
  switch (node.kind()) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::scalar:
      out += scalar_to_yaml(node);
      return;
    case Node::Kind::list:
      out += '[';
      for (const Node& item : node.items()) {
        if (&item != &node.items().front()) out += ", ";
        write_flow(item, out);
      }
      out += ']';
      return;
    case Node::Kind::map:
      out += '{';
      for (const Node::Entry& entry : node.entries()) {
        if (&entry != &node.entries().front()) out += ", ";
        out += text_to_yaml(entry.key) + ": ";
        write_flow(entry.value, out);
      }
      out += '}';
      return;
  }
}

bool is_leaf(const Node& node) {
  return !(node.is_list() && !node.items().empty()) && !(node.is_map() && !node.entries().empty());
}

// Lists of scalars in one line where they fit.
bool stays_in_line(const Node& node, std::size_t column) {
  if (is_leaf(node)) return true;
  if (!node.is_list() || !std::all_of(node.items().begin(), node.items().end(), is_leaf)) return false;
  std::string flow;
  write_flow(node, flow);
  return column + flow.size() <= flow_width;
}

// `out` ends where the value's first line begins, `indent` columns from the left.
void write_block(const Node& node, std::size_t indent, std::string& out) {
  bool first = true;
  auto new_line = [&] {
    if (!first) out += '\n' + std::string(indent, ' ');
    first = false;
  };
  if (node.is_map()) {
    for (const Node::Entry& entry : node.entries()) {
      new_line();
      std::string key = text_to_yaml(entry.key);
      out += key + ':';
      if (stays_in_line(entry.value, indent + key.size() + 2)) {
        out += ' ';
        write_flow(entry.value, out);
      } else {
        out += '\n' + std::string(indent + 2, ' ');
        write_block(entry.value, indent + 2, out);
      }
    }
    return;
  }
  for (const Node& item : node.items()) {
    new_line();
    out += "- ";
    if (stays_in_line(item, indent + 2)) {
      write_flow(item, out);
    } else {
      write_block(item, indent + 2, out);
    }
  }
}

std::string scalar_to_json(const Node& node) {
  bool flag = false;
  std::int64_t whole = 0;
  double number = 0;
  if (node.as(flag)) return flag ? "true" : "false";
  if (node.as(whole)) return std::to_string(whole);
  if (node.as(number) && std::isfinite(number)) return shortest_text(number);
  return '"' + escaped(node.text()) + '"';  // JSON has no infinity: its YAML text stands for it
}

void write_json(const Node& node, int indent, int depth, std::string& out) {
  if (node.is_null()) {
    out += "null";
    return;
  }
  if (node.is_scalar()) {
    out += scalar_to_json(node);
    return;
  }
  if (is_leaf(node)) {
    out += node.is_list() ? "[]" : "{}";
    return;
  }
  auto new_line = [&](int level) {
    if (indent >= 0) out += '\n' + std::string(static_cast<std::size_t>(indent * level), ' ');
  };
  const char* separator = indent >= 0 ? "," : ", ";
  bool first = true;
  out += node.is_list() ? '[' : '{';
  for (const Node& item : node.items()) {
    if (!first) out += separator;
    first = false;
    new_line(depth + 1);
    write_json(item, indent, depth + 1, out);
  }
  for (const Node::Entry& entry : node.entries()) {
    if (!first) out += separator;
    first = false;
    new_line(depth + 1);
    out += '"' + escaped(entry.key) + "\": ";
    write_json(entry.value, indent, depth + 1, out);
  }
  new_line(depth);
  out += node.is_list() ? ']' : '}';
}

}  // namespace

std::string to_yaml(const Node& node) {
  std::string out;
  if (stays_in_line(node, 0)) {
    write_flow(node, out);
  } else {
    write_block(node, 0, out);
  }
  return out + '\n';
}

std::string to_flow_yaml(const Node& node) {
  std::string out;
  write_flow(node, out);
  return out;
}

std::string to_json(const Node& node, int indent) {
  std::string out;
  write_json(node, indent, 0, out);
  return out;
}

}  // namespace longtail

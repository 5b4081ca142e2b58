#include "registry/config/paths.h"

#include <longtail/config/suggest.h>

#include <vector>

namespace longtail {
namespace {

constexpr std::size_t longest_value = 120;
constexpr std::size_t longest_path = 200;  // nobody mistypes more than this

std::vector<std::string> children(const Node& node) {
  std::vector<std::string> names;
  for (const Node::Entry& entry : node.entries()) names.push_back(entry.key);
  return names;
}

}  // namespace

std::string join_path(const std::string& path, std::string_view last) {
  return path.empty() ? std::string(last) : path + '.' + std::string(last);
}

std::string suggest_path(const Node& root, std::string_view path) {
  if (path.size() > longest_path) return "";
  // Follows the path as far as it exists, then corrects the first name that does not.
  std::size_t start = 0;
  const Node* node = &root;
  for (;;) {
    std::size_t dot = path.find('.', start);
    const Node* child = root.find_path(path.substr(0, dot));
    if (child == nullptr) {
      std::string_view rest = path.substr(start);
      std::string whole = nearest(rest, children(*node));
      std::string_view segment = path.substr(start, dot == std::string_view::npos ? dot : dot - start);
      std::string name = whole.empty() ? nearest(segment, children(*node)) : whole;
      if (name.empty()) return "";
      std::string found = std::string(path.substr(0, start)) + name;
      // The rest of the path comes along where it exists there.
      if (whole.empty() && dot != std::string_view::npos) {
        std::string longer = found + std::string(path.substr(dot));
        if (root.find_path(longer) != nullptr) found = longer;
      }
      return " (did you mean '" + found + "'?)";
    }
    if (dot == std::string_view::npos) return "";
    node = child;
    start = dot + 1;
  }
}

std::string short_value(const Node& node) {
  std::string value = to_flow_yaml(node);
  if (value.size() <= longest_value) return value;
  std::size_t end = longest_value - 3;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;  // whole characters
  return value.substr(0, end) + "...";
}

}  // namespace longtail

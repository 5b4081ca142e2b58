#include <longtail/config/compose.h>

#include <string>

#include "registry/config/paths.h"

namespace longtail {
namespace {

void write_line(char sign, const std::string& path, const Node& node, std::string& out) {
  out += std::string(1, sign) + ' ' + path + ": " + short_value(node) + "  # " + to_string(node.mark()) + "\n";
}

// Other components have other parameters: they are told whole.
bool other_component(const Node& left, const Node& right) {
  const Node* left_type = left.find("type");
  const Node* right_type = right.find("type");
  return left_type != nullptr && right_type != nullptr && !left_type->same_value(*right_type);
}

void compare(const Node& left, const Node& right, const std::string& path, std::string& out) {
  if (left.same_value(right)) return;
  if (left.is_map() && right.is_map() && (path.empty() || !other_component(left, right))) {
    for (const Node::Entry& entry : left.entries()) {
      std::string inner = join_path(path, entry.key);
      if (const Node* other = right.find(entry.key)) {
        compare(entry.value, *other, inner, out);
      } else {
        write_line('-', inner, entry.value, out);
      }
    }
    for (const Node::Entry& entry : right.entries()) {
      if (left.find(entry.key) == nullptr) write_line('+', join_path(path, entry.key), entry.value, out);
    }
    return;
  }
  bool of_maps = left.is_list() && right.is_list() && left.items().size() == right.items().size();
  for (std::size_t i = 0; of_maps && i < left.items().size(); ++i) {
    of_maps = left.items()[i].is_map() && right.items()[i].is_map();
  }
  for (std::size_t i = 0; of_maps && i < left.items().size(); ++i) {
    compare(left.items()[i], right.items()[i], join_path(path, std::to_string(i)), out);
  }
  if (of_maps) return;
  write_line('-', path.empty() ? "(all)" : path, left, out);
  write_line('+', path.empty() ? "(all)" : path, right, out);
}

}  // namespace

std::string diff(const Node& left, const Node& right) {
  std::string out;
  compare(left, right, "", out);
  return out;
}

}  // namespace longtail

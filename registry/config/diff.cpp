#include <longtail/config/compose.h>

#include <algorithm>
#include <string>
#include <utility>

#include "registry/config/paths.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

// Other components have other parameters: they are told whole.
bool other_component(const Node& left, const Node& right) {
  const Node* left_type = left.find("type");
  const Node* right_type = right.find("type");
  return left_type != nullptr && right_type != nullptr && !left_type->same_value(*right_type);
}

bool are_lists_of_maps(const Node& left, const Node& right) {
  const auto is_map = [](const Node& item) { return item.is_map(); };
  return left.is_list() && right.is_list() && left.items().size() == right.items().size() &&
         std::all_of(left.items().begin(), left.items().end(), is_map) &&
         std::all_of(right.items().begin(), right.items().end(), is_map);
}

void compare(const Node& left, const Node& right, const std::string& path, std::vector<Difference>& out) {
  if (left.same_value(right)) return;
  if (left.is_map() && right.is_map() && (path.empty() || !other_component(left, right))) {
    for (const Node::Entry& entry : left.entries()) {
      std::string inner = join_path(path, entry.key);
      if (const Node* other = right.find(entry.key)) {
        compare(entry.value, *other, inner, out);
      } else {
        out.push_back({std::move(inner), &entry.value, nullptr});
      }
    }
    for (const Node::Entry& entry : right.entries()) {
      if (left.find(entry.key) == nullptr) out.push_back({join_path(path, entry.key), nullptr, &entry.value});
    }
  } else if (are_lists_of_maps(left, right)) {
    for (std::size_t i = 0; i < left.items().size(); ++i) {
      compare(left.items()[i], right.items()[i], join_path(path, std::to_string(i)), out);
    }
  } else {
    out.push_back({path.empty() ? "(all)" : path, &left, &right});
  }
}

// Whole, however long: lists may differ in their last number only.
std::string line(char sign, const std::string& path, const Node* node) {
  if (node == nullptr) return "";
  return std::string(1, sign) + ' ' + visible(path) + ": " + to_flow_yaml(*node) + "  # " +
         visible(to_string(node->mark())) + "\n";
}

}  // namespace

std::vector<Difference> differences(const Node& left, const Node& right) {
  std::vector<Difference> found;
  compare(left, right, "", found);
  return found;
}

std::string diff(const Node& left, const Node& right) {
  std::string out;
  for (const Difference& difference : differences(left, right)) {
    out += line('-', difference.path, difference.left) + line('+', difference.path, difference.right);
  }
  return out;
}

}  // namespace longtail

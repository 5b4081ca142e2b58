#include <longtail/config/compose.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "registry/config/paths.h"

namespace longtail {
namespace {

// Maps are explained leaf by leaf; what stood in the place of the whole map before is told first.
void explain_node(const Node& node, const std::string& path, std::string& out) {
  bool inner = node.is_map() && !node.entries().empty();
  std::vector<std::pair<std::string, std::string>> rows;  // place, value
  for (const Node::Origin& origin : node.origins()) rows.emplace_back(to_string(origin.mark), origin.value);
  if (!inner) rows.emplace_back(to_string(node.mark()), short_value(node));

  if (!rows.empty()) {
    out += path + (inner ? " was" : " = " + rows.back().second) + "\n";
    std::size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row.first.size());
    for (const auto& row : rows) {
      bool winner = !inner && &row == &rows.back();
      out +=
          (winner ? "  > " : "    ") + row.first + std::string(width - row.first.size() + 2, ' ') + row.second + "\n";
    }
  }
  for (const Node::Entry& entry : node.entries()) explain_node(entry.value, join_path(path, entry.key), out);
}

}  // namespace

std::string explain(const Node& root, const std::string& path) {
  const Node* node = root.find_path(path);
  if (node == nullptr) return "'" + path + "' is not set" + suggest_path(root, path) + "\n";
  std::string out;
  explain_node(*node, path, out);
  return out;
}

}  // namespace longtail

#include <longtail/config/compose.h>

#include <algorithm>
#include <string>
#include <vector>

#include "registry/config/paths.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

// Maps are explained leaf by leaf; what stood in the place of the whole map before is told first.
void explain_node(const Node& node, const std::string& path, std::vector<Explanation>& out) {
  const bool inner = node.is_map() && !node.entries().empty();
  for (const Node::Origin& origin : node.origins()) out.push_back({path, to_string(origin.mark), origin.value, false});
  if (!inner) out.push_back({path, to_string(node.mark()), short_value(node), true});
  for (const Node::Entry& entry : node.entries()) explain_node(entry.value, join_path(path, entry.key), out);
}

}  // namespace

std::vector<Explanation> explanations(const Node& root, const std::string& path) {
  std::vector<Explanation> rows;
  if (const Node* node = root.find_path(path)) explain_node(*node, path, rows);
  return rows;
}

std::string explain(const Node& root, const std::string& path) {
  if (root.find_path(path) == nullptr) return "'" + visible(path) + "' is not set" + suggest_path(root, path) + "\n";
  const std::vector<Explanation> rows = explanations(root, path);
  std::string out;
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto end = std::find_if(begin, rows.end(), [&](const Explanation& row) { return row.key != begin->key; });
    const Explanation& last = *(end - 1);
    out += visible(last.key) + (last.wins ? " = " + last.value : " was") + "\n";
    std::size_t width = 0;
    for (auto row = begin; row != end; ++row) width = std::max(width, visible(row->place).size());
    for (; begin != end; ++begin) {
      const std::string place = visible(begin->place);
      const std::string space(width - place.size() + 2, ' ');
      out += (begin->wins ? "  > " : "    ") + place + space + visible(begin->value) + "\n";
    }
  }
  return out;
}

}  // namespace longtail

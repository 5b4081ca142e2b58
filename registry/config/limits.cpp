#include "registry/config/limits.h"

#include <algorithm>

namespace longtail {

Extent extent_of(const Node& node) {
  Extent extent;
  extent.text = node.text().size();
  extent.widest = node.entries().size();
  for (const Node::Origin& origin : node.origins()) extent.text += origin.value.size() + sizeof(origin);
  auto add = [&](const Node& child) {
    Extent inner = extent_of(child);
    extent.values += inner.values;
    extent.text += inner.text;
    extent.widest = std::max(extent.widest, inner.widest);
    extent.height = std::max(extent.height, inner.height + 1);
  };
  for (const Node& item : node.items()) add(item);
  for (const Node::Entry& entry : node.entries()) {
    extent.text += entry.key.size();
    add(entry.value);
  }
  return extent;
}

bool is_full(const Diagnostics& diagnostics) { return diagnostics.findings().size() >= max_findings; }

}  // namespace longtail

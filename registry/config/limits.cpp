#include "registry/config/limits.h"

#include <algorithm>

namespace longtail {

Extent extent_of(const Node& node) {
  Extent extent;
  extent.text = node.text().size();
  auto add = [&](const Node& child) {
    Extent inner = extent_of(child);
    extent.values += inner.values;
    extent.text += inner.text;
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

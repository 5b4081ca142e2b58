#include <longtail/config/compose.h>

#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "registry/config/paths.h"

namespace longtail {
namespace {

// Text names a component; numbers and bools do not.
bool is_component_name(const Node& node) {
  bool flag = false;
  double number = 0;
  return node.is_scalar() && !node.as(flag) && !node.as(number);
}

// The component `x` written as {type: x}.
Node as_component(const Node& name) {
  Node component = Node::map(name.mark());
  component.set("type", name, name.mark());
  return component;
}

bool same_place(const Mark& a, const Mark& b) {
  bool same_file = a.file == b.file || (a.file && b.file && *a.file == *b.file);
  return same_file && a.line == b.line && a.column == b.column;
}

// Two files that extend a third bring its places twice: each is told once.
void add_origin(std::vector<Node::Origin>& origins, Node::Origin origin) {
  for (const Node::Origin& known : origins) {
    if (same_place(known.mark, origin.mark) && known.value == origin.value) return;
  }
  origins.push_back(std::move(origin));
}

void replace(Node& base, const Node& over) {
  std::vector<Node::Origin> origins = std::move(base.origins());
  bool same = same_place(base.mark(), over.mark()) && base.same_value(over);
  if (!same) add_origin(origins, {base.mark(), short_value(base)});
  for (const Node::Origin& origin : over.origins()) add_origin(origins, origin);
  base = over;
  base.origins() = std::move(origins);
}

bool other_type(const Node& base, const Node& over) {
  const Node* base_type = base.find("type");
  const Node* over_type = over.find("type");
  return base_type != nullptr && over_type != nullptr && !base_type->same_value(*over_type);
}

void merge_maps(Node& base, const Node& over) {
  std::unordered_map<std::string_view, std::size_t> index;
  index.reserve(base.entries().size());
  for (std::size_t i = 0; i < base.entries().size(); ++i) index.emplace(base.entries()[i].key, i);

  std::vector<const Node::Entry*> added;
  for (const Node::Entry& entry : over.entries()) {
    auto found = index.find(entry.key);
    if (found == index.end()) {
      added.push_back(&entry);
      continue;
    }
    Node::Entry& target = base.entries()[found->second];
    target.key_mark = entry.key_mark;
    merge(target.value, entry.value);
  }
  for (const Node::Entry* entry : added) base.entries().push_back(*entry);  // after the index's last use of the keys
  base.set_mark(over.mark());
}

}  // namespace

void merge(Node& base, const Node& over) {
  if (over.is_map() && is_component_name(base)) base = as_component(base);
  if (base.is_map() && base.find("type") != nullptr && is_component_name(over)) return merge(base, as_component(over));
  if (base.is_map() && over.is_map() && !other_type(base, over)) return merge_maps(base, over);
  replace(base, over);
}

}  // namespace longtail

#include "registry/config/overrides.h"

#include <longtail/config/compose.h>
#include <longtail/config/suggest.h>

#include <charconv>
#include <memory>
#include <utility>

#include "registry/config/limits.h"
#include "registry/config/parse.h"
#include "registry/config/paths.h"
#include "registry/config/scalar.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr std::size_t most_shown = 300;  // of an assignment in a message
constexpr const char* example = "write key=value, such as --set optimizer.learning_rate=0.1";

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> segments;
  std::size_t start = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    segments.push_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  segments.push_back(path.substr(start));
  return segments;
}

// Lines and columns of the command line help nobody: the whole assignment is the place.
void set_marks(Node& node, const Mark& mark) {
  node.set_mark(mark);
  for (Node& item : node.items()) set_marks(item, mark);
  for (Node::Entry& entry : node.entries()) {
    entry.key_mark = mark;
    set_marks(entry.value, mark);
  }
}

std::string join(const std::vector<std::string>& path, std::size_t count) {
  std::string joined;
  for (std::size_t i = 0; i < count; ++i) joined = join_path(joined, path[i]);
  return joined;
}

// {a: {b: value}} for what remains of the path.
Node nested(const Override& change, std::size_t from) {
  Node node = change.value;
  for (std::size_t i = change.path.size(); i > from; --i) {
    Node outer = Node::map(change.mark);
    outer.set(change.path[i - 1], std::move(node), change.mark);
    node = std::move(outer);
  }
  return node;
}

// The item of the list at `path[0, at)` that `path[at]` names, or null after a finding.
Node* list_item(Node& list, const Override& change, std::size_t at, Diagnostics& diagnostics) {
  const std::string& segment = change.path[at];
  std::size_t index = 0;
  auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  bool number = error == std::errc() && end == segment.data() + segment.size();
  if (number && index < list.items().size()) return &list.items()[index];
  std::string name = "'" + join(change.path, at) + "'";
  if (!number) {
    diagnostics.error(change.mark, name + " is a list: '" + segment + "' must be the number of an item, from 0");
  } else if (list.items().empty()) {
    diagnostics.error(change.mark, name + " is an empty list: it has no item " + segment);
  } else {
    diagnostics.error(change.mark,
                      name + " has the items 0 to " + std::to_string(list.items().size() - 1) + ", not " + segment);
  }
  return nullptr;
}

// Keys may hold dots ("axes.loss.alpha"): as many segments as name an existing key.
Node* existing_child(Node& map, const std::vector<std::string>& path, std::size_t& at) {
  std::string key;
  for (std::size_t end = at; end < path.size(); ++end) {
    key = join_path(key, path[end]);
    if (Node* child = map.find(key)) {
      at = end + 1;
      return child;
    }
  }
  return nullptr;
}

}  // namespace

bool parse_override(const std::string& assignment, Diagnostics& diagnostics, Override& out) {
  out.mark = {std::make_shared<const std::string>("--set " + visible(assignment, most_shown)), 0, 0};
  if (!is_utf8(assignment)) {
    diagnostics.error(out.mark, "is no text in UTF-8: a configuration cannot hold it");
    return false;
  }
  std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) {
    diagnostics.error(out.mark, std::string("has no '=': ") + example);
    return false;
  }
  std::string key = assignment.substr(0, equals);
  while (!key.empty() && key.back() == ' ') key.pop_back();
  out.path = split(key);
  for (const std::string& segment : out.path) {
    const bool plain = !segment.empty() && segment.find_first_of(" \t\n:[]{}") == std::string::npos;
    if (plain && segment.size() <= max_key) continue;
    diagnostics.error(out.mark, "'" + visible(key, most_shown) + "' is no key: " + example);
    return false;
  }
  if (out.path.size() > static_cast<std::size_t>(max_depth) / 2) {
    diagnostics.error(out.mark, "the key has more than " + std::to_string(max_depth / 2) + " parts");
    return false;
  }
  if (out.path[0] == "extends") {
    diagnostics.error(out.mark, "'extends' can only be set in a file");
    return false;
  }
  Diagnostics inner;
  // Spaces in place of the key keep the columns those of the assignment.
  std::string text = std::string(equals + 1, ' ') + assignment.substr(equals + 1);
  bool parsed = parse_document(text, "value", inner, out.value);
  for (const Diagnostics::Finding& finding : inner.findings()) {
    diagnostics.error(out.mark, "column " + std::to_string(finding.mark.column) + ": " + finding.message);
  }
  set_marks(out.value, out.mark);
  return parsed && inner.ok();
}

void apply_override(Node& root, const Override& change, Diagnostics& diagnostics) {
  // What merges is the map below the last list on the path: a `type` on the way then replaces its whole component.
  Node* base = &root;
  std::size_t base_at = 0;
  Node* node = &root;
  for (std::size_t at = 0; at < change.path.size() && node != nullptr;) {
    std::size_t here = at;
    if (node->is_list()) {
      node = list_item(*node, change, at++, diagnostics);
      if (node == nullptr) return;
      base = node;
      base_at = at;
    } else if (node->is_map()) {
      Node* child = existing_child(*node, change.path, at);
      if (child != nullptr && at > here + 1) {
        base = child;
        base_at = at;
      }
      node = child;
    } else {
      bool flag = false;
      double number = 0;
      if (node->as(flag) || node->as(number)) {
        diagnostics.error(change.mark, "'" + join(change.path, at) + "' is " + short_value(*node) + " and has no '" +
                                           change.path[at] + "'");
        return;
      }
      break;
    }
  }
  merge(*base, nested(change, base_at));
}

void apply_override(Node& root, const std::string& assignment, Diagnostics& diagnostics) {
  Override change;
  if (parse_override(assignment, diagnostics, change)) apply_override(root, change, diagnostics);
}

}  // namespace longtail

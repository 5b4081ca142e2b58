#include <longtail/config/node.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "registry/config/scalar.h"

namespace longtail {
namespace {

// Index of a list's item from a path's segment, or -1.
std::int64_t list_index(std::string_view segment, std::size_t size) {
  std::int64_t index = -1;
  auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  bool whole = error == std::errc() && end == segment.data() + segment.size();
  return whole && index >= 0 && static_cast<std::size_t>(index) < size ? index : -1;
}

bool same_scalar(const Node& left, const Node& right) {
  std::int64_t left_int = 0;
  std::int64_t right_int = 0;
  if (left.as(left_int) && right.as(right_int)) return left_int == right_int;
  double left_number = 0;
  double right_number = 0;
  bool left_is_number = left.as(left_number);
  bool right_is_number = right.as(right_number);
  if (left_is_number && right_is_number) {
    return left_number == right_number || (std::isnan(left_number) && std::isnan(right_number));
  }
  bool left_bool = false;
  bool right_bool = false;
  bool left_is_bool = left.as(left_bool);
  bool right_is_bool = right.as(right_bool);
  if (left_is_bool && right_is_bool) return left_bool == right_bool;
  if (left_is_number || right_is_number || left_is_bool || right_is_bool) return false;
  return left.text() == right.text();
}

}  // namespace

std::string to_string(const Mark& mark) {
  if (!mark.file) return "<default>";
  if (mark.line <= 0) return *mark.file;
  return *mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

Node Node::null(Mark mark) {
  Node node;
  node.mark_ = std::move(mark);
  return node;
}

Node Node::scalar(std::string text, bool plain, Mark mark) {
  if (plain && is_null_text(text)) return null(std::move(mark));
  Node node;
  node.kind_ = Kind::scalar;
  node.plain_ = plain;
  node.text_ = std::move(text);
  node.mark_ = std::move(mark);
  return node;
}

Node Node::list(std::vector<Node> items, Mark mark) {
  Node node;
  node.kind_ = Kind::list;
  node.items_ = std::move(items);
  node.mark_ = std::move(mark);
  return node;
}

Node Node::map(Mark mark) {
  Node node;
  node.kind_ = Kind::map;
  node.mark_ = std::move(mark);
  return node;
}

Node Node::of(bool value) { return scalar(value ? "true" : "false", true); }
Node Node::of(std::int64_t value) { return scalar(std::to_string(value), true); }
Node Node::of(double value) { return scalar(shortest_text(value), true); }
Node Node::of(std::string_view text) { return scalar(std::string(text), false); }

bool Node::as(bool& out) const { return is_scalar() && plain_ && parse_bool(text_, out); }
bool Node::as(std::int64_t& out) const { return is_scalar() && plain_ && parse_int(text_, out); }
bool Node::as(double& out) const { return is_scalar() && plain_ && parse_double(text_, out); }

bool Node::as(std::string& out) const {
  if (!is_scalar()) return false;
  out = text_;
  return true;
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

const Node* Node::find_path(std::string_view path) const {
  if (path.empty()) return this;
  if (is_map()) {
    if (const Node* exact = find(path)) return exact;  // keys with dots: an ablation's axes
  }
  for (std::size_t dot = path.find('.');; dot = path.find('.', dot + 1)) {
    std::string_view segment = path.substr(0, dot);
    const Node* child = nullptr;
    if (is_map()) child = find(segment);
    if (is_list()) {
      std::int64_t index = list_index(segment, items_.size());
      if (index >= 0) child = &items_[static_cast<std::size_t>(index)];
    }
    if (dot == std::string_view::npos) return child;
    if (child != nullptr && dot + 1 < path.size()) {
      if (const Node* found = child->find_path(path.substr(dot + 1))) return found;
    }
  }
}

Node& Node::set(std::string_view key, Node value, Mark key_mark) {
  kind_ = Kind::map;
  for (Entry& entry : entries_) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    entry.key_mark = std::move(key_mark);
    return entry.value;
  }
  entries_.push_back({std::string(key), std::move(key_mark), std::move(value)});
  return entries_.back().value;
}

bool Node::erase(std::string_view key) {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->key != key) continue;
    entries_.erase(entry);
    return true;
  }
  return false;
}

bool Node::same_value(const Node& other) const {
  if (kind_ != other.kind_) return false;
  switch (kind_) {
    case Kind::null:
      return true;
    case Kind::scalar:
      return same_scalar(*this, other);
    case Kind::list:
      if (items_.size() != other.items_.size()) return false;
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (!items_[i].same_value(other.items_[i])) return false;
      }
      return true;
    case Kind::map:
      if (entries_.size() != other.entries_.size()) return false;
      for (const Entry& entry : entries_) {
        const Node* match = other.find(entry.key);
        if (match == nullptr || !entry.value.same_value(*match)) return false;
      }
      return true;
  }
  return false;
}

}  // namespace longtail

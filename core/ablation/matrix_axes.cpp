#include "core/ablation/matrix_axes.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/config/suggest.h>
#include <longtail/params.h>

#include "registry/config/limits.h"

namespace longtail {
namespace {

constexpr std::size_t kMostAxisParts = 100;
constexpr std::size_t kLongestSlug = 150;  // names of files are at most 255 bytes, endings included

struct NamedCell {
  std::string label;
  Node set = Node::map();

  void bind(ParamBinder& p) {
    p("label", label, "How the row is called in the table", required);
    p("set", set, "What the row changes, merged into the base");
  }
};

bool is_named_cell(const Node& node) { return node.is_map() && node.find("set") != nullptr; }

std::string last_segment(const std::string& path) { return path.substr(path.rfind('.') + 1); }

/// "0.2", "pcb(alpha=0.4)", "[1, 2]".
std::string value_label(const Node& value) {
  if (value.is_scalar()) return value.text();
  const Node* type = value.find("type");
  if (type == nullptr || !type->is_scalar()) return to_flow_yaml(value);
  std::string others;
  for (const Node::Entry& entry : value.entries()) {
    if (entry.key == "type") continue;
    others += (others.empty() ? "" : ", ") + entry.key + '=' + value_label(entry.value);
  }
  return others.empty() ? type->text() : type->text() + '(' + others + ')';
}

bool read_named_cell(const Node& node, const std::string& axis, AxisCell& cell, Diagnostics& diagnostics) {
  NamedCell named;
  const std::size_t before = diagnostics.findings().size();
  read_params(node, named, "a row", nullptr, diagnostics);
  if (diagnostics.findings().size() != before) return false;
  if (named.label.empty()) {
    diagnostics.error(node.mark(), "a row needs a label that is not empty");
    return false;
  }
  if (!named.set.is_map() && !named.set.is_null()) {
    diagnostics.error(named.set.mark(), "'set' of row '" + named.label + "' must be a map of config keys");
    return false;
  }
  cell = {axis, named.label, true, named.set.is_null() ? Node::map(named.set.mark()) : named.set};
  return true;
}

std::vector<AxisCell> read_axis(const std::string& name, const Node& values, Diagnostics& diagnostics) {
  std::vector<AxisCell> cells;
  if (static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) >= kMostAxisParts) {
    diagnostics.error(values.mark(), fmt::format("the key of an axis has more than {} parts", kMostAxisParts));
    return cells;
  }
  if (values.items().size() > max_rows) {
    diagnostics.error(values.mark(), fmt::format("axis '{}' has more than {} values", name, max_rows));
    return cells;
  }
  if (!values.is_list() || values.items().empty()) {
    diagnostics.error(values.mark(), "axis '" + name + "' must be a list of at least one value");
    return cells;
  }
  for (const Node& value : values.items()) {
    AxisCell cell;
    if (is_named_cell(value)) {
      if (!read_named_cell(value, name, cell, diagnostics)) continue;
    } else {
      cell = {name, value_label(value), false, value};
    }
    for (const AxisCell& other : cells) {
      if (other.label != cell.label) continue;
      diagnostics.error(value.mark(), "axis '" + name + "' has '" + cell.label + "' twice");
    }
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::vector<std::vector<AxisCell>> read_axes(const Node& axes, Diagnostics& diagnostics) {
  std::vector<std::vector<AxisCell>> result;
  if (axes.is_list()) {
    result.push_back(read_axis("row", axes, diagnostics));
  } else if (axes.is_map()) {
    for (const Node::Entry& axis : axes.entries()) result.push_back(read_axis(axis.key, axis.value, diagnostics));
  } else {
    diagnostics.error(axes.mark(), "axes must be a map of `key.path: [values]`, or a list of rows {label, set}");
  }
  return result;
}

/// What the cells of rows take together.
Extent load_of(const std::vector<AxisCell>& cells) {
  Extent load;
  load.values = 0;
  for (const AxisCell& cell : cells) {
    const Extent extent = extent_of(cell.value);
    load.values += extent.values;
    load.text += extent.text + cell.axis.size() + cell.label.size();
  }
  return load;
}

/// Every row so far with every cell of one more axis.
std::vector<Combination> times(const std::vector<Combination>& rows, const std::vector<AxisCell>& axis) {
  std::vector<Combination> longer;
  for (const Combination& row : rows) {
    for (const AxisCell& cell : axis) {
      longer.push_back(row);
      longer.back().cells.push_back(cell);
      longer.back().mark = cell.value.mark();
    }
  }
  return longer;
}

/// Labels of unnamed cells tell their key, the whole of it where two axes end alike.
std::string joined_label(const std::vector<AxisCell>& cells) {
  std::map<std::string, int> endings;
  for (const AxisCell& cell : cells) ++endings[last_segment(cell.axis)];
  std::string label;
  for (const AxisCell& cell : cells) {
    const std::string ending = last_segment(cell.axis);
    const std::string& key = endings[ending] > 1 ? cell.axis : ending;
    label += (label.empty() ? "" : ", ") + (cell.named ? cell.label : key + '=' + cell.label);
  }
  return label;
}

/// Merges `value` into the value at "a.b.c"; a number steps into a list that is there.
void merge_at(Node& root, std::string_view path, const Node& value) {
  const std::size_t dot = path.find('.');
  const std::string_view head = path.substr(0, dot);
  if (root.is_list()) {
    std::size_t index = root.items().size();
    const bool number =
        !head.empty() && head.size() < 9 && head.find_first_not_of("0123456789") == std::string_view::npos;
    if (number) index = std::stoul(std::string(head));
    Node* item = index < root.items().size() ? &root.items()[index] : nullptr;
    if (item != nullptr && dot != std::string_view::npos) return merge_at(*item, path.substr(dot + 1), value);
    if (item != nullptr) return merge(*item, value);
  }
  if (dot != std::string_view::npos) {
    if (Node* child = root.find(head); child != nullptr && (child->is_map() || child->is_list())) {
      return merge_at(*child, path.substr(dot + 1), value);
    }
  }
  // Written as a map of one key, so that a scalar component grows into `{type: that, key: value}` by the usual rules.
  Node patch = value;
  std::string rest(path);
  while (true) {
    const std::size_t cut = rest.rfind('.');
    Node outer = Node::map(value.mark());
    outer.set(cut == std::string::npos ? rest : rest.substr(cut + 1), std::move(patch), value.mark());
    patch = std::move(outer);
    if (cut == std::string::npos) break;
    rest.resize(cut);
  }
  merge(root, patch);
}

bool same_choice(const Node& wanted, const Node& there) {
  if (wanted.same_value(there)) return true;
  const Node* type = there.find("type");
  return wanted.is_scalar() && there.is_map() && type != nullptr && wanted.same_value(*type);
}

bool selects_one(const std::string& key, const Node& wanted, const Combination& combination, const Node& config) {
  for (const AxisCell& cell : combination.cells) {
    if (cell.axis != key && last_segment(cell.axis) != key) continue;
    if (wanted.is_scalar() && wanted.text() == cell.label) return true;
    return !cell.named && same_choice(wanted, cell.value);
  }
  const Node* there = config.find_path(key);
  return there != nullptr && same_choice(wanted, *there);
}

}  // namespace

std::vector<Combination> expand_axes(const Node* axes, const Node* include, Diagnostics& diagnostics) {
  std::vector<Combination> rows;
  if (axes != nullptr && !axes->is_null()) {
    rows.push_back({"", {}, axes->mark()});
    Extent all;
    all.values = 0;
    for (const std::vector<AxisCell>& axis : read_axes(*axes, diagnostics)) {
      if (axis.size() * rows.size() > max_rows) {
        diagnostics.error(axes->mark(), fmt::format("the axes give more than {} rows: split the matrix", max_rows));
        return {};
      }
      const Extent one = load_of(axis);
      all.values = all.values * axis.size() + one.values * rows.size();
      all.text = all.text * axis.size() + one.text * rows.size();
      if (is_too_much_for_rows(all)) {
        diagnostics.error(axes->mark(), fmt::format("the axes give all rows together more than {} values or {} MB of "
                                                    "text: split the matrix",
                                                    max_row_values, max_row_text >> 20));
        return {};
      }
      rows = times(rows, axis);
    }
    for (Combination& row : rows) row.label = joined_label(row.cells);
  }
  if (include == nullptr || include->is_null()) return rows;
  if (!include->is_list()) {
    diagnostics.error(include->mark(), "include must be a list of rows {label, set}");
    return rows;
  }
  if (rows.size() + include->items().size() > max_rows) {
    diagnostics.error(include->mark(),
                      fmt::format("with 'include' there are more than {} rows: split the matrix", max_rows));
    return {};
  }
  for (const Node& node : include->items()) {
    AxisCell cell;
    if (read_named_cell(node, "row", cell, diagnostics)) rows.push_back({cell.label, {cell}, node.mark()});
  }
  return rows;
}

void apply(const Combination& combination, Node& config) {
  for (const AxisCell& cell : combination.cells) {
    if (cell.named) {
      merge(config, cell.value);
    } else {
      merge_at(config, cell.axis, cell.value);
    }
  }
}

bool selects(const Node& selector, const Combination& combination, const Node& config) {
  if (selector.is_scalar()) return selector.text() == combination.label;
  if (!selector.is_map() || selector.entries().empty()) return false;
  return std::all_of(selector.entries().begin(), selector.entries().end(), [&](const Node::Entry& entry) {
    return selects_one(entry.key, entry.value, combination, config);
  });
}

RowFinder::RowFinder(std::string key, const std::vector<std::pair<Combination, Node>>& rows)
    : key_(std::move(key)), rows_(rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) by_label_.emplace(rows[i].first.label, i);
}

bool RowFinder::takes(const Node& entries, Diagnostics& diagnostics) const {
  if (entries.items().size() <= max_selectors) return true;
  diagnostics.error(entries.mark(), fmt::format("{} has more than {} entries", key_, max_selectors));
  return false;
}

std::optional<std::vector<std::size_t>> RowFinder::find(const Node& selector, Diagnostics& diagnostics) {
  std::vector<std::size_t> picked;
  if (selector.is_scalar()) {
    const auto [begin, end] = by_label_.equal_range(selector.text());
    for (auto place = begin; place != end; ++place) picked.push_back(place->second);
    std::sort(picked.begin(), picked.end());
    return picked;
  }
  work_ += extent_of(selector).values * rows_.size();
  if (work_ > max_selector_work) {
    diagnostics.error(selector.mark(), fmt::format("{}: up to here more than {} values are compared to find the rows: "
                                                   "name rows by their labels, or split the matrix",
                                                   key_, max_selector_work));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (selects(selector, rows_[i].first, rows_[i].second)) picked.push_back(i);
  }
  return picked;
}

void remove_excluded(const Node* exclude, std::vector<std::pair<Combination, Node>>& rows, Diagnostics& diagnostics) {
  if (exclude == nullptr || exclude->is_null()) return;
  if (!exclude->is_list()) {
    diagnostics.error(exclude->mark(), "exclude must be a list of labels or of maps {axis: value}");
    return;
  }
  RowFinder finder("exclude", rows);
  if (!finder.takes(*exclude, diagnostics)) return;
  std::vector<bool> gone(rows.size(), false);
  for (const Node& selector : exclude->items()) {
    const auto picked = finder.find(selector, diagnostics);
    if (!picked) return;
    for (const std::size_t row : *picked) gone[row] = true;
    if (picked->empty()) diagnostics.error(selector.mark(), "exclude picks no row: " + to_flow_yaml(selector));
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (gone[i]) continue;
    if (kept != i) rows[kept] = std::move(rows[i]);
    ++kept;
  }
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end());
}

std::string slug(std::string_view label) {
  std::string result;
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keep = std::isalnum(byte) != 0 || c == '.' || c == '+' || c == '=' || c == '_';
    if (keep && byte < 128) {
      result += static_cast<char>(std::tolower(byte));
    } else if (!result.empty() && result.back() != '-') {
      result += '-';
    }
  }
  while (!result.empty() && (result.back() == '-' || result.back() == '.')) result.pop_back();
  result.erase(0, std::min(result.find_first_not_of(".=-"), result.size()));  // no hidden files, no options
  if (result.size() > kLongestSlug) result.resize(kLongestSlug);
  return result.empty() ? "row" : result;
}

}  // namespace longtail

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>

namespace longtail {

/// One value of an axis: its label and what it changes.
struct AxisCell {
  std::string axis;   // "loss.alpha", or the name of an axis of named cells
  std::string label;  // "0.2", "CE+PCB"
  bool named = false;
  Node value;  // the axis' value; for a named cell its `set`
};

/// A row before its config is composed: a cell of each axis, or the single cell of an `include`.
struct Combination {
  std::string label;
  std::vector<AxisCell> cells;
  Mark mark;
};

/// All combinations of `axes` (may be null), the last axis changing fastest, then those of `include` (may be null).
/// None when neither is given.
std::vector<Combination> expand_axes(const Node* axes, const Node* include, Diagnostics& diagnostics);

/// Applies a combination to a config by the rules of composition.
void apply(const Combination& combination, Node& config);

/// Whether `selector`, a label or a map of axis (or config key) to value, picks this row. `config` is the row's.
bool selects(const Node& selector, const Combination& combination, const Node& config);

/// Finds the rows that the entries of `exclude` or `paper` mean. The rows must outlive it.
class RowFinder {
 public:
  /// `key` is what the entries stand under.
  RowFinder(std::string key, const std::vector<std::pair<Combination, Node>>& rows);

  /// False after a finding where there are more entries than anybody writes.
  bool takes(const Node& entries, Diagnostics& diagnostics) const;
  /// The rows that `selector` picks, in order. Nothing after a finding: all entries together ask for too much.
  std::optional<std::vector<std::size_t>> find(const Node& selector, Diagnostics& diagnostics);

 private:
  std::string key_;
  const std::vector<std::pair<Combination, Node>>& rows_;
  std::unordered_multimap<std::string_view, std::size_t> by_label_;
  std::size_t work_ = 0;
};

/// Removes what `exclude` (may be null) picks. An exclude that picks nothing is a finding.
void remove_excluded(const Node* exclude, std::vector<std::pair<Combination, Node>>& rows, Diagnostics& diagnostics);

/// Lower case, with only characters that need no quoting in a shell: "CE + PCB (0.4)" -> "ce-+-pcb-0.4".
std::string slug(std::string_view label);

}  // namespace longtail

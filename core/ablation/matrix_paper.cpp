#include "core/ablation/matrix_paper.h"

#include <algorithm>
#include <set>

#include <longtail/config/suggest.h>

namespace longtail {
namespace {

std::vector<std::string> labels_of(const std::vector<MatrixRow>& rows) {
  std::vector<std::string> labels;
  for (const MatrixRow& row : rows) labels.push_back(row.label);
  return labels;
}

int decimals_of(const std::string& text) {
  const std::size_t dot = text.find('.');
  return dot == std::string::npos ? 0 : static_cast<int>(std::min<std::size_t>(text.size() - dot - 1, 4));
}

/// Each looks at all rows: nobody reads more.
constexpr std::size_t kMostHints = 20;

std::string hint_for(const std::string& word, const std::vector<MatrixRow>& rows, const Diagnostics& diagnostics) {
  return diagnostics.findings().size() < kMostHints ? did_you_mean(word, labels_of(rows)) : "";
}

/// The one row that an entry speaks of, or null. Without it there is a finding, and `more` becomes false where that one
/// ends the search.
MatrixRow* picked_row(const Node& entry, RowFinder& finder, std::vector<MatrixRow>& rows, bool& more,
                      Diagnostics& diagnostics) {
  const Node* selector = entry.find("row");
  if (selector == nullptr || (!selector->is_scalar() && !selector->is_map())) {
    diagnostics.error(entry.mark(), "an entry of paper needs `row:`, a label or {axis: value}");
    return nullptr;
  }
  const auto found = finder.find(*selector, diagnostics);
  more = found.has_value();
  if (!more) return nullptr;
  const std::vector<std::size_t>& picked = *found;
  if (picked.size() == 1) return &rows[picked.front()];
  const std::string text = to_flow_yaml(*selector);
  if (picked.empty()) {
    const std::string word = selector->is_scalar() ? selector->text() : text;
    diagnostics.error(selector->mark(),
                      "paper: no row '" + word + "' in this matrix" + hint_for(word, rows, diagnostics));
  } else {
    diagnostics.error(selector->mark(), "paper: " + text + " picks " + std::to_string(picked.size()) + " rows ('" +
                                            rows[picked[0]].label + "', '" + rows[picked[1]].label +
                                            "' ...); name every axis");
  }
  return nullptr;
}

void read_numbers(const Node& entry, const std::vector<std::string>& columns, MatrixRow& row,
                  Diagnostics& diagnostics) {
  for (const Node::Entry& field : entry.entries()) {
    if (field.key == "row" || field.value.is_null()) continue;
    if (field.key == "source") {
      if (!field.value.as(row.source)) diagnostics.error(field.value.mark(), "paper: source must be text");
      continue;
    }
    if (std::find(columns.begin(), columns.end(), field.key) == columns.end()) {
      std::vector<std::string> known = columns;
      known.emplace_back("source");
      diagnostics.error(field.key_mark,
                        "paper: the table has no column '" + field.key + "'" + did_you_mean(field.key, known));
      continue;
    }
    PaperNumber number;
    if (!field.value.as(number.percent) || !(number.percent >= 0 && number.percent <= 100)) {
      diagnostics.error(field.value.mark(), "paper: " + field.key + " must be a number of percent, from 0 to 100");
      continue;
    }
    number.decimals = decimals_of(field.value.text());
    row.paper[field.key] = number;
  }
}

}  // namespace

void assign_paper_numbers(const Node* paper, const std::vector<std::pair<Combination, Node>>& composed,
                          const std::vector<std::string>& columns, std::vector<MatrixRow>& rows,
                          Diagnostics& diagnostics) {
  if (paper == nullptr || paper->is_null()) return;
  if (!paper->is_list()) {
    diagnostics.error(paper->mark(), "paper must be a list of {row, <column>: percent ..., source}");
    return;
  }
  RowFinder finder("paper", composed);
  if (!finder.takes(*paper, diagnostics)) return;
  std::set<const MatrixRow*> seen;
  for (const Node& entry : paper->items()) {
    if (!entry.is_map()) {
      diagnostics.error(entry.mark(), "an entry of paper must be a map {row, <column>: percent ..., source}");
      continue;
    }
    bool more = true;
    MatrixRow* row = picked_row(entry, finder, rows, more, diagnostics);
    if (!more) return;
    if (row == nullptr) continue;
    if (!seen.insert(row).second) {
      diagnostics.error(entry.mark(), "paper: a second entry for row '" + row->label + "'");
    }
    read_numbers(entry, columns, *row, diagnostics);
  }
}

}  // namespace longtail

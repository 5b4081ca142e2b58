#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/ablation/matrix_axes.h"
#include "core/ablation/matrix_spec.h"

namespace longtail {

/// Reads `paper`, a list of `{row: SELECTOR, <column>: percent ..., source: text}`, and gives each entry's numbers to
/// the one row that its selector picks. Findings: a row that does not exist, is picked by several entries, or a
/// selector that picks several rows; columns that the table does not have; values that are no percentages. `composed`
/// and `rows` are parallel.
void assign_paper_numbers(const Node* paper, const std::vector<std::pair<Combination, Node>>& composed,
                          const std::vector<std::string>& columns, std::vector<MatrixRow>& rows,
                          Diagnostics& diagnostics);

}  // namespace longtail

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <longtail/config/compose.h>
#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>

namespace longtail {

/// A number of a published table, in percent, and with how many decimals it was printed.
struct PaperNumber {
  double percent = 0;
  int decimals = 1;
};

/// One row of a matrix: one experiment, trained once a seed.
struct MatrixRow {
  std::string label;                         // for people: "CE+PCB", "alpha=0.2"
  std::string slug;                          // for file names, unique in its matrix
  Node config;                               // the experiment, composed and resolved
  std::string provenance;                    // which line of which file set each of its values
  std::map<std::string, PaperNumber> paper;  // by column
  std::string source;                        // where the paper's numbers stand
};

struct Matrix {
  std::string name;
  std::string title;
  std::vector<std::int64_t> seeds;
  std::vector<std::string> columns;
  std::vector<MatrixRow> rows;
};

struct MatrixOptions {
  /// Roots and `--set` values. The latter are applied to each row after its own `set`, so they win everywhere; those
  /// that begin with a key of the matrix itself (seeds, columns ...) change the matrix.
  ComposeOptions compose;
  /// Validates one row's config and returns it with every default filled in and the places of the rest. Without it rows
  /// stay as composed.
  std::function<Node(const Node& config, Diagnostics&)> validate;
  /// Replaces the file's `seeds` when not empty.
  std::vector<std::int64_t> seeds;
};

/// Reads a matrix file and composes every row of it. All mistakes of the file and of all rows become findings; the
/// result is only to be used when there are none.
///
///     name, title          of the table; `name` names folders and defaults to the file's stem
///     extends              experiment configs that every row starts from; other experiment keys may stand beside it
///     axes                 `key.path: [values]` or `name: [{label: ..., set: {...}}, ...]`; rows are all
///                          combinations, the last axis changing fastest
///     include              more rows, each `{label: ..., set: {...}}`
///     exclude              rows to leave out: a label, or `{axis: value, ...}`, which must all agree
///     seeds, columns       [0] and the task's usual columns when not given
///     paper                `{row: label or {axis: value, ...}, <column>: percent ..., source: ...}`
///
/// A file without axes and include is a matrix of one row.
Matrix read_matrix(const std::string& config, const MatrixOptions& options, Diagnostics& diagnostics);

/// Where a column's value stands in result.json, as a JSON pointer: "many" -> "/metrics/accuracy/many", "APr" ->
/// "/metrics/segm/APr", "APb" -> "/metrics/bbox/AP", "bbox.AP50" -> "/metrics/bbox/AP50". "" for an unknown column.
std::string column_pointer(std::string_view column);

}  // namespace longtail

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/ablation/matrix_spec.h"
#include "core/ablation/run_state.h"

namespace longtail {

/// One number of a table: what was measured with each finished seed, and what the paper says.
struct TableCell {
  std::vector<double> values;        // fractions in [0, 1], one a finished seed; undefined ones (-1) are left out
  std::optional<PaperNumber> paper;  // percent

  bool measured() const { return !values.empty(); }
  double mean() const;
  /// Sample standard deviation over the seeds; 0 with fewer than two.
  double spread() const;
};

struct TableRow {
  std::string label;
  std::string slug;
  std::string source;              // of the paper's numbers
  std::vector<TableCell> cells;    // one a column
  std::vector<RunView> runs;       // one a seed
  std::vector<std::string> notes;  // why a cell is missing or rests on fewer seeds
};

/// Measured beside paper.
struct Table {
  std::string name;
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::int64_t> seeds;
  std::vector<TableRow> rows;
  std::vector<std::string> warnings;  // about the table as a whole

  bool has_paper() const;
  bool has_paper(std::size_t column) const;
  /// Whether any cell rests on several seeds.
  bool has_spread() const;
  /// How many decimals a column is shown with: as many as the paper prints, else two.
  int decimals(std::size_t column) const;
};

/// Leaves in TABLE what is needed to collect the table again without the matrix file: TABLE/matrix.json (name, title,
/// columns, seeds, rows with their paper numbers) and TABLE/SLUG/config.yaml.
void write_layout(const Matrix& matrix, const std::filesystem::path& table_folder);

/// Reads the layout and every run's result. DataError when there is no readable matrix.json.
Table collect_table(const std::filesystem::path& table_folder);

/// Collects the table and writes table.md, table.csv and table.json into its folder; returns it.
Table write_table(const std::filesystem::path& table_folder);

/// {name, title, columns, seeds, rows: [{label, measured: {column: {mean, spread, values}}, paper_percent, source,
/// notes, runs: [{seed, status, seconds, threads, device, protocol, folder, reason}]}], warnings}; measured numbers are
/// fractions, the protocol is "" in classification.
nlohmann::json to_json(const Table& table);

}  // namespace longtail

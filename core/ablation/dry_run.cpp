#include "core/ablation/dry_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/ablation/runner.h"

namespace longtail {

using nlohmann::ordered_json;

ordered_json dry_run_json(const std::vector<Matrix>& matrices, const MissingInputs& missing) {
  ordered_json rows = ordered_json::array();
  for (const Matrix& matrix : matrices) {
    for (const MatrixRow& row : matrix.rows) {
      ordered_json paper = ordered_json::object();
      for (const std::string& column : matrix.columns) {
        if (const auto number = row.paper.find(column); number != row.paper.end()) paper[column] = number->second.percent;
      }
      ordered_json entry;
      entry["table"] = matrix.name;
      entry["label"] = row.label;
      entry["config"] = ordered_json::parse(to_json(row.config, -1));
      entry["paper"] = std::move(paper);
      entry["source"] = row.source;
      entry["seeds"] = matrix.seeds;
      entry["missing"] = missing(row.config);
      rows.push_back(std::move(entry));
    }
  }
  return rows;
}

std::string dry_run_text(const std::vector<Matrix>& matrices, const MissingInputs& missing_inputs,
                         const std::filesystem::path& work_dir) {
  std::string text;
  std::vector<std::string> missing;
  for (const Matrix& matrix : matrices) {
    text += matrix.name + (matrix.title.empty() ? "" : ": " + matrix.title) + '\n';
    for (const MatrixRow& row : matrix.rows) {
      std::string states;
      for (const std::int64_t seed : matrix.seeds) {
        const RunView run = inspect_run(table_folder(work_dir, matrix), row.slug, seed, run_config(row, seed));
        states += fmt::format("{}seed {} {}", states.empty() ? "" : ", ", seed, to_string(run.status));
      }
      text += fmt::format("  {}: {}\n", row.label, states);
      for (std::string& line : missing_inputs(row.config)) {
        if (std::find(missing.begin(), missing.end(), line) == missing.end()) missing.push_back(std::move(line));
      }
    }
  }
  text += missing.empty() ? "nothing is missing\n" : "missing:\n";
  for (const std::string& line : missing) text += "  " + line + '\n';
  return text;
}

}  // namespace longtail

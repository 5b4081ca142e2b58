#include "core/ablation/dry_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ablation/runner.h"
#include "registry/text/visible.h"

namespace longtail {

using nlohmann::ordered_json;

ordered_json dry_run_json(const std::vector<Matrix>& matrices, const MissingInputs& missing) {
  ordered_json rows = ordered_json::array();
  for (const Matrix& matrix : matrices) {
    for (const MatrixRow& row : matrix.rows) {
      ordered_json paper = ordered_json::object();
      for (const std::string& column : matrix.columns) {
        if (const auto number = row.paper.find(column); number != row.paper.end())
          paper[column] = number->second.percent;
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

namespace {

std::string paper_numbers(const MatrixRow& row, const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) {
    const auto number = row.paper.find(column);
    if (number == row.paper.end()) continue;
    text += fmt::format("{} {} {:.{}f}", text.empty() ? "; paper:" : ",", column, number->second.percent,
                        number->second.decimals);
  }
  return text;
}

/// What is missing, and the tables that miss it.
void add_missing(std::vector<std::string> lines, const std::string& table,
                 std::vector<std::pair<std::string, std::vector<std::string>>>& missing) {
  for (std::string& line : lines) {
    auto known = std::find_if(missing.begin(), missing.end(), [&](const auto& one) { return one.first == line; });
    if (known == missing.end()) known = missing.insert(missing.end(), {std::move(line), {}});
    if (known->second.empty() || known->second.back() != table) known->second.push_back(table);
  }
}

}  // namespace

std::string dry_run_text(const std::vector<Matrix>& matrices, const MissingInputs& missing_inputs,
                         const std::filesystem::path& work_dir) {
  std::string text;
  std::vector<std::pair<std::string, std::vector<std::string>>> missing;
  for (const Matrix& matrix : matrices) {
    text += visible(matrix.name + (matrix.title.empty() ? "" : ": " + matrix.title)) + '\n';
    for (const MatrixRow& row : matrix.rows) {
      std::string states;
      for (const std::int64_t seed : matrix.seeds) {
        const RunView run = inspect_run(table_folder(work_dir, matrix), row.slug, seed, run_config(row, seed));
        states += fmt::format("{}seed {} {}", states.empty() ? "" : ", ", seed, to_string(run.status));
      }
      text += fmt::format("  {}: {}{}\n", visible(row.label), states, paper_numbers(row, matrix.columns));
      add_missing(missing_inputs(row.config), matrix.name, missing);
    }
  }
  text += missing.empty() ? "nothing is missing\n" : "missing:\n";
  for (const auto& [line, tables] : missing) text += fmt::format("  {} ({})\n", visible(line), fmt::join(tables, ", "));
  if (!missing.empty())
    text += "configs/data/README.md says where data and weights come from and how to name their folders\n";
  return text;
}

}  // namespace longtail

#include "core/ablation/table.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "core/ablation/run_conditions.h"
#include "core/ablation/runner.h"
#include "core/ablation/table_text.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json layout_of(const Matrix& matrix) {
  json rows = json::array();
  for (const MatrixRow& row : matrix.rows) {
    json paper = json::object();
    for (const auto& [column, number] : row.paper) paper[column] = {number.percent, number.decimals};
    rows.push_back({{"label", row.label}, {"slug", row.slug}, {"paper", paper}, {"source", row.source}});
  }
  return {{"name", matrix.name},
          {"title", matrix.title},
          {"columns", matrix.columns},
          {"seeds", matrix.seeds},
          {"rows", rows}};
}

std::string joined(const std::vector<std::int64_t>& numbers) { return fmt::format("{}", fmt::join(numbers, ", ")); }

/// One note for all seeds that lack a result for the same reason.
std::vector<std::string> notes_of(const TableRow& row, const std::vector<std::string>& columns) {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> reasons;
  bool any_finished = false;
  for (const RunView& run : row.runs) {
    any_finished = any_finished || run.status == RunStatus::finished;
    if (run.reason.empty()) continue;
    const auto same =
        std::find_if(reasons.begin(), reasons.end(), [&](auto& pair) { return pair.first == run.reason; });
    if (same == reasons.end()) {
      reasons.push_back({run.reason, {run.seed}});
    } else {
      same->second.push_back(run.seed);
    }
  }
  std::vector<std::string> notes;
  for (const auto& [reason, seeds] : reasons) {
    const bool all = seeds.size() == row.runs.size();
    notes.push_back(all ? reason : fmt::format("seed {}: {}", joined(seeds), reason));
  }
  std::string undefined;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (any_finished && !row.cells[i].measured()) undefined += (undefined.empty() ? "" : ", ") + columns[i];
  }
  if (!undefined.empty()) notes.push_back(undefined + ": the test set has nothing to average there");
  return notes;
}

std::optional<double> metric(const json& result, const std::string& column) {
  const json::json_pointer pointer(column_pointer(column));
  if (!result.contains(pointer) || !result.at(pointer).is_number()) return std::nullopt;
  const double value = result.at(pointer).get<double>();
  if (!(value >= 0)) return std::nullopt;
  return value;
}

TableRow collect_row(const json& layout, const Table& table, const fs::path& folder) {
  TableRow row;
  row.label = layout.at("label").get<std::string>();
  row.slug = layout.at("slug").get<std::string>();
  row.source = layout.value("source", "");
  for (const std::string& column : table.columns) {
    TableCell cell;
    if (const auto paper = layout.at("paper").find(column); paper != layout.at("paper").end()) {
      cell.paper = PaperNumber{paper->at(0).get<double>(), paper->at(1).get<int>()};
    }
    row.cells.push_back(std::move(cell));
  }
  Diagnostics diagnostics;
  MatrixRow wanted;
  wanted.config = parse_yaml_file(folder / row.slug / "config.yaml", diagnostics);
  diagnostics.throw_if_any();
  for (const std::int64_t seed : table.seeds) {
    RunView run = inspect_run(folder, row.slug, seed, run_config(wanted, seed));
    for (std::size_t i = 0; i < table.columns.size() && run.status == RunStatus::finished; ++i) {
      if (const auto value = metric(run.result, table.columns[i])) row.cells[i].values.push_back(*value);
    }
    row.runs.push_back(std::move(run));
  }
  row.notes = notes_of(row, table.columns);
  return row;
}

}  // namespace

double TableCell::mean() const {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, values.size()));
}

double TableCell::spread() const {
  if (values.size() < 2) return 0;
  const double center = mean();
  double sum = 0;
  for (const double value : values) sum += (value - center) * (value - center);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

bool Table::has_spread() const {
  for (const TableRow& row : rows) {
    for (const TableCell& cell : row.cells) {
      if (cell.values.size() > 1) return true;
    }
  }
  return false;
}

bool Table::has_paper() const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (has_paper(i)) return true;
  }
  return false;
}

bool Table::has_paper(std::size_t column) const {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const TableRow& row) { return row.cells[column].paper.has_value(); });
}

int Table::decimals(std::size_t column) const {
  int most = 0;
  bool any = false;
  for (const TableRow& row : rows) {
    if (!row.cells[column].paper) continue;
    any = true;
    most = std::max(most, row.cells[column].paper->decimals);
  }
  return any ? std::max(most, 1) : 2;
}

void write_layout(const Matrix& matrix, const fs::path& table_folder) {
  for (const MatrixRow& row : matrix.rows) {
    write_text_file(table_folder / row.slug / "config.yaml", to_yaml(row.config));
  }
  write_text_file(table_folder / "matrix.json",
                  layout_of(matrix).dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

Table collect_table(const fs::path& table_folder) {
  const fs::path file = table_folder / "matrix.json";
  const json layout = json::parse(read_text_file(file), nullptr, false);
  try {
    Table table;
    table.name = layout.at("name").get<std::string>();
    table.title = layout.at("title").get<std::string>();
    table.columns = layout.at("columns").get<std::vector<std::string>>();
    table.seeds = layout.at("seeds").get<std::vector<std::int64_t>>();
    for (const json& row : layout.at("rows")) table.rows.push_back(collect_row(row, table, table_folder));
    add_conditions(table);
    return table;
  } catch (const json::exception&) {
    throw DataError(
        fmt::format("{}: missing or damaged; run `longtail matrix` with this work dir again", file.string()));
  }
}

Table write_table(const fs::path& table_folder) {
  Table table = collect_table(table_folder);
  write_text_file(table_folder / "table.md", table_markdown(table));
  write_text_file(table_folder / "table.csv", table_csv(table));
  write_text_file(table_folder / "table.json",
                  to_json(table).dump(2, ' ', false, json::error_handler_t::replace) + '\n');
  return table;
}

json to_json(const Table& table) {
  json rows = json::array();
  for (const TableRow& row : table.rows) {
    json measured = json::object();
    json paper = json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const TableCell& cell = row.cells[i];
      if (cell.measured()) {
        measured[table.columns[i]] = {{"mean", cell.mean()}, {"spread", cell.spread()}, {"values", cell.values}};
      }
      if (cell.paper) paper[table.columns[i]] = cell.paper->percent;
    }
    json runs = json::array();
    for (const RunView& run : row.runs) {
      runs.push_back({{"seed", run.seed},
                      {"status", std::string(to_string(run.status))},
                      {"seconds", run.record.seconds},
                      {"threads", run.result.is_object() ? run.result.value("threads", 0) : 0},
                      {"device", run.result.is_object() ? run.result.value("device", "") : ""},
                      {"protocol", protocol_of(run)},
                      {"folder", run.paths.folder.string()},
                      {"reason", run.reason}});
    }
    rows.push_back({{"label", row.label},
                    {"measured", measured},
                    {"paper_percent", paper},
                    {"source", row.source},
                    {"notes", row.notes},
                    {"runs", runs}});
  }
  return {{"name", table.name},   {"title", table.title}, {"columns", table.columns},
          {"seeds", table.seeds}, {"rows", rows},         {"warnings", table.warnings}};
}

}  // namespace longtail

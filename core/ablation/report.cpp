#include "core/ablation/report.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <longtail/error.h>

#include "core/ablation/chart.h"
#include "core/ablation/progress.h"
#include "core/ablation/run_history.h"
#include "core/ablation/run_state.h"
#include "core/ablation/table.h"
#include "core/ablation/table_text.h"
#include "core/engine/console.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2530; background: #fff; max-width: 72rem; margin: 2rem auto;
       padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; }
.quiet { color: #5c6673; } a { color: #0072b2; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; text-align: right; border-bottom: 1px solid #e3e7ec; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 1.5px solid #9aa4b1; font-weight: 600; } td.paper, th.paper { color: #5c6673; }
td.text { text-align: left; white-space: normal; }
td.best { font-weight: 700; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem 1.5rem; }
figure { margin: .5rem 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: #5c6673; } .grid { stroke: #e9edf1; } .tick, .axis { stroke: #9aa4b1; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .85rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: .35rem; margin-right: .35rem; }
details { border-top: 1px solid #e3e7ec; padding: .4rem 0; } summary { cursor: pointer; }
pre { background: #f5f7f9; padding: .75rem; overflow-x: auto; font-size: .82rem; line-height: 1.4; }
)";

std::string page(const std::string& title, const std::string& body) {
  return fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
                     "<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
                     html_escaped(title), kStyle, body);
}

std::string file_details(const std::string& summary, const fs::path& file) {
  const std::string text = read_text_file(file);
  if (text.empty()) return "";
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", html_escaped(summary),
                     html_escaped(text));
}

std::string run_files(const fs::path& folder) {
  return file_details("Configuration (every value)", folder / "config.yaml") +
         file_details("Provenance (where each value was set)", folder / "provenance.txt") +
         file_details("Environment", folder / "env.json");
}

/// The columns that a run's metrics have, in the usual order.
std::vector<std::string> usual_columns(const RunHistory& history, const json& result) {
  std::vector<std::string> columns;
  for (const char* column : {"many", "medium", "few", "overall", "AP", "APr", "APc", "APf", "APb"}) {
    const std::string pointer = column_pointer(column);
    const bool has = !history.evaluation(pointer).empty() || result.contains(json::json_pointer(pointer));
    if (has) columns.emplace_back(column);
  }
  return columns;
}

RunHistory::Curve percent(RunHistory::Curve curve) {
  for (auto& point : curve) point.second *= 100;
  return curve;
}

ChartOptions by_epoch(const std::string& title, const std::string& unit) { return {title, "epoch", unit, false, {}, {}}; }

ChartOptions by_frequency(const std::string& title) {
  return {title, "training images of a class", "accuracy, %", true, 0.0, 100.0};
}

std::string run_charts(const fs::path& folder, const RunHistory& history, const std::vector<std::string>& columns) {
  std::vector<ChartSeries> metrics;
  bool evolves = false;
  for (const std::string& column : columns) {
    metrics.push_back({column, percent(history.evaluation(column_pointer(column))), false});
    evolves = evolves || metrics.back().points.size() > 1;
  }
  const auto classes = percent(read_class_accuracy(folder));
  std::string html = chart_html({{"loss", history.loss, false}}, by_epoch("Training loss", "loss"));
  if (evolves) html += chart_html(metrics, by_epoch("Evaluation", "%"));
  html += chart_html({{"classes", classes, true}, {"mean of neighbours", grouped_by_count(classes, 10), false}},
                     by_frequency("Accuracy by training frequency"));
  html += chart_html({{"learning rate", history.learning_rate, false}}, by_epoch("Learning rate", "learning rate"));
  return "<div class=\"charts\">\n" + html + "</div>\n";
}

std::string run_metrics(const json& result, const std::vector<std::string>& columns) {
  std::string head, line;
  for (const std::string& column : columns) {
    const json::json_pointer pointer(column_pointer(column));
    const bool has = result.contains(pointer) && result.at(pointer).is_number() && result.at(pointer).get<double>() >= 0;
    head += "<th>" + html_escaped(column) + "</th>";
    line += "<td>" + (has ? fmt::format("{:.2f}", 100 * result.at(pointer).get<double>()) : std::string("—")) + "</td>";
  }
  if (head.empty()) return "<p class=\"quiet\">No evaluation yet.</p>\n";
  return "<table><thead><tr>" + head + "</tr></thead><tbody><tr>" + line + "</tr></tbody></table>\n";
}

std::string run_report(const fs::path& folder) {
  json result = json::parse(read_text_file(folder / "result.json"), nullptr, false);
  if (!result.is_object()) result = json::object();
  const auto field = [&](const char* key) {
    return !result.contains(key) ? std::string("?") : result[key].is_string() ? result[key].get<std::string>() : result[key].dump();
  };
  const bool finished = result.contains("status") && result["status"] == "finished";
  const std::string name =
      result.contains("name") ? field("name") : fs::absolute(folder / "").parent_path().filename().string();
  const RunHistory history = read_history(folder);
  const std::vector<std::string> columns = usual_columns(history, result);
  std::string body = "<h1>" + html_escaped(name) + "</h1>\n<p class=\"quiet\">";
  if (finished) {
    const double seconds = result.contains("train_seconds") && result["train_seconds"].is_number()
                               ? result["train_seconds"].get<double>()
                               : 0;
    body += html_escaped(fmt::format("{}, seed {}, {} epochs, trained in {}", field("task"), field("seed"), field("epoch"),
                                     format_duration(seconds)));
  } else {
    body += "not finished";
  }
  body += "</p>\n" + run_metrics(result, columns) + run_charts(folder, history, columns);
  return page(name, body + "<h2>How it was made</h2>\n" + run_files(folder));
}

/// The best mean of a column, which is set in bold.
double best_of(const Table& table, std::size_t column) {
  double best = -1;
  for (const TableRow& row : table.rows) {
    if (row.cells[column].measured()) best = std::max(best, row.cells[column].mean());
  }
  return best;
}

std::string table_html(const Table& table) {
  std::string head = "<th></th>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    head += "<th>" + html_escaped(table.columns[i]) + "</th>" + (table.has_paper(i) ? "<th class=\"paper\">paper</th>" : "");
  }
  std::string lines;
  for (const TableRow& row : table.rows) {
    lines += "<tr><td>" + html_escaped(row.label) + "</td>";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const TableCell& cell = row.cells[i];
      const bool best = cell.measured() && table.rows.size() > 1 && cell.mean() == best_of(table, i);
      lines += fmt::format("<td{}>{}</td>", best ? " class=\"best\"" : "", measured_text(cell, table.decimals(i)));
      if (table.has_paper(i)) lines += "<td class=\"paper\">" + paper_text(cell, table.decimals(i)) + "</td>";
    }
    lines += "</tr>\n";
  }
  std::string notes;
  std::vector<std::string> sources;
  for (const TableRow& row : table.rows) {
    for (const std::string& note : row.notes) notes += "<li>" + html_escaped(row.label + ": " + note) + "</li>";
    const bool known = std::find(sources.begin(), sources.end(), row.source) != sources.end();
    if (!row.source.empty() && !known) sources.push_back(row.source);
  }
  for (const std::string& source : sources) notes += "<li>paper: " + html_escaped(source) + "</li>";
  if (table.has_spread()) {
    notes += fmt::format("<li>mean ± standard deviation over seeds {}</li>", fmt::join(table.seeds, ", "));
  }
  return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>\n" + lines + "</tbody></table></div>\n" +
         (notes.empty() ? "" : "<ul class=\"quiet\">" + notes + "</ul>\n");
}

/// The first seed of a row that has something to show.
const RunView* shown_run(const TableRow& row) {
  for (const RunView& run : row.runs) {
    if (run.status == RunStatus::finished) return &run;
  }
  for (const RunView& run : row.runs) {
    if (fs::exists(run.paths.folder)) return &run;
  }
  return nullptr;
}

std::string table_charts(const Table& table) {
  const auto has = [&](const char* name) {
    return std::find(table.columns.begin(), table.columns.end(), name) != table.columns.end();
  };
  const std::string column = has("overall") ? "overall" : has("AP") ? "AP" : table.columns.front();
  std::vector<ChartSeries> loss, metric, classes;
  bool evolves = false;
  for (const TableRow& row : table.rows) {
    const RunView* run = shown_run(row);
    const RunHistory history = run != nullptr ? read_history(run->paths.folder) : RunHistory{};
    loss.push_back({row.label, history.loss, false});
    metric.push_back({row.label, percent(history.evaluation(column_pointer(column))), false});
    evolves = evolves || metric.back().points.size() > 1;
    const auto accuracy = run != nullptr ? read_class_accuracy(run->paths.folder) : RunHistory::Curve{};
    classes.push_back({row.label, percent(grouped_by_count(accuracy, 12)), false});
  }
  std::string html = chart_html(classes, by_frequency("Accuracy by training frequency"));
  if (evolves) html += chart_html(metric, by_epoch("Evaluation: " + column, "%"));
  html += chart_html(loss, by_epoch("Training loss", "loss"));
  return "<div class=\"charts\">\n" + html + "</div>\n";
}

std::string table_runs(const Table& table) {
  std::string html = "<h3>Runs</h3>\n";
  for (const TableRow& row : table.rows) {
    for (const RunView& run : row.runs) {
      const std::string state = run.status == RunStatus::finished
                                    ? fmt::format("finished in {}", format_duration(run.record.seconds))
                                    : run.reason;
      html += "<details><summary>" + html_escaped(fmt::format("{}, seed {}: {}", row.label, run.seed, state)) +
              "</summary>\n<p class=\"quiet\">" + html_escaped(run.paths.folder.string()) + "</p>\n" +
              (fs::exists(run.paths.folder) ? run_files(run.paths.folder)
                                            : file_details("Configuration", run.paths.folder.parent_path() / "config.yaml")) +
              "</details>\n";
    }
  }
  return html;
}

std::string tables_report(const std::vector<fs::path>& folders) {
  std::string body, title;
  for (const fs::path& folder : folders) {
    const Table table = collect_table(folder);
    title += (title.empty() ? "" : ", ") + table.name;
    body += "<h1>" + html_escaped(table.name) + "</h1>\n<p class=\"quiet\">" + html_escaped(table.title) + "</p>\n";
    body += table_html(table) + table_charts(table) + table_runs(table);
  }
  return page(title, body);
}

}  // namespace

std::string report_html(const fs::path& folder) {
  if (fs::exists(folder / "matrix.json")) return tables_report({folder});
  for (const char* name : {"result.json", "metrics.jsonl", "config.yaml"}) {
    if (fs::exists(folder / name)) return run_report(folder);
  }
  std::vector<fs::path> tables;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "matrix.json")) tables.push_back(entry.path());
  }
  std::sort(tables.begin(), tables.end());
  if (!tables.empty()) return tables_report(tables);
  throw DataError(fmt::format("{}: neither a run folder (config.yaml, metrics.jsonl) nor the work dir of a matrix "
                              "(*/matrix.json)",
                              folder.string()));
}

}  // namespace longtail

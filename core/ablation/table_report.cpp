#include "core/ablation/table_report.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ablation/chart.h"
#include "core/ablation/html_page.h"
#include "core/ablation/run_charts.h"
#include "core/ablation/run_conditions.h"
#include "core/ablation/run_history.h"
#include "core/ablation/run_state.h"
#include "core/ablation/table.h"
#include "core/ablation/table_text.h"
#include "core/engine/console.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

std::string printed_mean(const TableCell& cell, int decimals) {
  return fmt::format("{:.{}f}", 100 * cell.mean(), decimals);
}

/// The best mean of a column as it is printed: what looks alike is set in bold alike.
std::string best_of(const Table& table, std::size_t column) {
  const TableCell* best = nullptr;
  for (const TableRow& row : table.rows) {
    const TableCell& cell = row.cells[column];
    if (cell.measured() && (best == nullptr || cell.mean() > best->mean())) best = &cell;
  }
  return best == nullptr ? "" : printed_mean(*best, table.decimals(column));
}

std::string table_html(const Table& table) {
  std::string head = "<th></th>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    head += "<th>" + html_escaped(table.columns[i]) + "</th>" +
            (table.has_paper(i) ? "<th class=\"paper\">paper</th>" : "");
  }
  std::string lines;
  for (const TableRow& row : table.rows) {
    lines += "<tr><td>" + html_escaped(row.label) + "</td>";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const TableCell& cell = row.cells[i];
      const bool best =
          cell.measured() && table.rows.size() > 1 && printed_mean(cell, table.decimals(i)) == best_of(table, i);
      lines += fmt::format("<td{}>{}</td>", best ? " class=\"best\"" : "", measured_text(cell, table.decimals(i)));
      if (table.has_paper(i)) lines += "<td class=\"paper\">" + paper_text(cell, table.decimals(i)) + "</td>";
    }
    lines += "</tr>\n";
  }
  std::string notes;
  for (const std::string& warning : table.warnings) {
    notes += "<li><strong>warning:</strong> " + html_escaped(warning) + "</li>";
  }
  std::vector<std::string> sources;
  for (const TableRow& row : table.rows) {
    for (const std::string& note : row.notes) notes += "<li>" + html_escaped(row.label + ": " + note) + "</li>";
    const bool known = std::find(sources.begin(), sources.end(), row.source) != sources.end();
    if (!row.source.empty() && !known) sources.push_back(row.source);
  }
  for (const std::string& source : sources) notes += "<li>paper: " + html_escaped(source) + "</li>";
  if (const std::string protocols = protocols_of(table); !protocols.empty()) {
    notes += "<li>" + html_escaped(protocols) + "</li>";
  }
  if (table.has_spread()) {
    notes += fmt::format("<li>mean ± standard deviation over seeds {}</li>", fmt::join(table.seeds, ", "));
  }
  return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>\n" + lines +
         "</tbody></table></div>\n" + (notes.empty() ? "" : "<ul class=\"quiet\">" + notes + "</ul>\n");
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
  std::string measure;
  ClassScores uncounted;
  const std::string shown = table.seeds.size() > 1 ? " (one seed of each row)" : "";
  for (const TableRow& row : table.rows) {
    const RunView* run = shown_run(row);
    const RunHistory history = run != nullptr ? read_history(run->paths.folder) : RunHistory{};
    loss.push_back({row.label, history.loss, false});
    metric.push_back({row.label, percent(history.evaluation(column_pointer(column))), false});
    evolves = evolves || metric.back().points.size() > 1;
    const ClassScores scores = run != nullptr ? read_class_scores(run->paths.folder) : ClassScores{};
    if (!scores.measure.empty()) measure = scores.measure;
    if (scores.uncounted) uncounted = scores;
    classes.push_back({row.label, percent(grouped_by_count(scores.classes, 12)), false});
  }
  std::string html = chart_html(classes, by_frequency(measure, shown)) + uncounted_html(uncounted);
  if (evolves) html += chart_html(metric, by_epoch("Evaluation: " + column + shown, "%"));
  html += chart_html(loss, by_epoch("Training loss" + shown, "loss"));
  return "<div class=\"charts\">\n" + html + "</div>\n";
}

/// The lines of the table's files; of a run that was made without them, what it knows itself.
fs::path provenance_of(const RunView& run) {
  return fs::exists(run.paths.provenance) ? run.paths.provenance : run.paths.folder / "provenance.txt";
}

std::string table_runs(const Table& table) {
  std::string html = "<h3>Runs</h3>\n";
  for (const TableRow& row : table.rows) {
    for (const RunView& run : row.runs) {
      const std::string state = run.status == RunStatus::finished
                                    ? fmt::format("finished in {}", format_duration(run.record.seconds))
                                    : run.reason;
      html +=
          "<details><summary>" + html_escaped(fmt::format("{}, seed {}: {}", row.label, run.seed, state)) +
          "</summary>\n<p class=\"quiet\">" + html_escaped(run.paths.folder.string()) + "</p>\n" +
          (fs::exists(run.paths.folder) ? html_run_files(run.paths.folder, provenance_of(run))
                                        : html_file("Configuration", run.paths.folder.parent_path() / "config.yaml")) +
          "</details>\n";
    }
  }
  return html;
}

}  // namespace

std::string tables_report(const std::vector<fs::path>& folders) {
  std::string body, title;
  for (const fs::path& folder : folders) {
    const Table table = collect_table(folder);
    title += (title.empty() ? "" : ", ") + table.name;
    body += "<h1>" + html_escaped(table.name) + "</h1>\n<p class=\"quiet\">" + html_escaped(table.title) + "</p>\n";
    body += table_html(table) + table_charts(table) + table_runs(table);
  }
  return html_page(title, body);
}

}  // namespace longtail

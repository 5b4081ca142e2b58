#include "core/ablation/run_report.h"

#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/ablation/chart.h"
#include "core/ablation/csv_file.h"
#include "core/ablation/html_page.h"
#include "core/ablation/run_charts.h"
#include "core/ablation/run_conditions.h"
#include "core/ablation/run_history.h"
#include "core/ablation/run_state.h"
#include "core/ablation/table.h"
#include "core/engine/console.h"
#include "core/engine/task.h"
#include "registry/text/affixes.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The columns that a run's metrics have, in the usual order.
std::vector<std::string> usual_columns(const RunHistory& history, const json& result) {
  std::vector<std::string> columns;
  for (const std::string& task : task_names()) {
    for (const std::string& column : task_columns(task)) {
      const std::string pointer = column_pointer(column);
      const bool has = !history.evaluation(pointer).empty() || result.contains(json::json_pointer(pointer));
      if (has) columns.push_back(column);
    }
  }
  return columns;
}

std::string run_charts(const fs::path& folder, const RunHistory& history, const std::vector<std::string>& columns) {
  std::vector<ChartSeries> metrics;
  bool evolves = false;
  for (const std::string& column : columns) {
    metrics.push_back({column, percent(history.evaluation(column_pointer(column))), false});
    evolves = evolves || metrics.back().points.size() > 1;
  }
  const ClassScores scores = read_class_scores(folder);
  const auto classes = percent(scores.classes);
  std::string html = chart_html({{"loss", history.loss, false}}, by_epoch("Training loss", "loss"));
  if (evolves) html += chart_html(metrics, by_epoch("Evaluation", "%"));
  html += chart_html({{"classes", classes, true}, {"mean of neighbours", grouped_by_count(classes, 10), false}},
                     by_frequency(scores.measure));
  html += uncounted_html(scores);
  html += chart_html({{"learning rate", history.learning_rate, false}}, by_epoch("Learning rate", "learning rate"));
  return "<div class=\"charts\">\n" + html + "</div>\n";
}

/// per_class.csv as a table, its scores with four decimals.
std::string classes_table(const CsvFile& csv) {
  const auto shown = [&](std::size_t column, const std::string& field) {
    const bool score = csv.columns[column] == "accuracy" || ends_with(csv.columns[column], "_AP");
    return score && !field.empty() ? fmt::format("{:.4f}", std::strtod(field.c_str(), nullptr)) : html_escaped(field);
  };
  const auto cells = [&](const char* tag, const std::vector<std::string>& fields, bool names) {
    std::string html;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      html += fmt::format("<{0}>{1}</{0}>", tag, names ? html_escaped(fields[i]) : shown(i, fields[i]));
    }
    return "<tr>" + html + "</tr>\n";
  };
  std::string lines;
  for (const std::vector<std::string>& row : csv.rows) lines += cells("td", row, false);
  return "<div class=\"scroll\"><table><thead>" + cells("th", csv.columns, true) + "</thead><tbody>\n" + lines +
         "</tbody></table></div>\n";
}

/// Every class, behind a click.
std::string run_classes(const fs::path& folder) {
  const fs::path file = per_class_file(folder);
  const CsvFile classes = read_csv(file);
  if (classes.rows.empty()) return "";
  return fmt::format("<details><summary>{} ({})</summary>{}</details>\n",
                     counted(classes.rows.size(), "class", "classes"), file.filename().string(),
                     classes_table(classes));
}

/// The heat map of the learned confusion matrix, which names the worst pairs.
std::string run_confusion(const fs::path& folder) {
  const std::string map = html_png("Learned confusion matrix", output_file(folder, "learned_confusion", "png"));
  if (map.empty()) return "";
  return fmt::format(
      "<h2>What it takes for what</h2>\n<p class=\"quiet\">The confusion matrix that the loss has learned in training "
      "({}); the worst pairs are in {}.</p>\n{}",
      output_file(folder, "learned_confusion", "csv").filename().string(),
      output_file(folder, "confused_pairs", "csv").filename().string(), map);
}

std::string run_metrics(const json& result, const std::vector<std::string>& columns) {
  std::string head, line;
  for (const std::string& column : columns) {
    const json::json_pointer pointer(column_pointer(column));
    const bool has =
        result.contains(pointer) && result.at(pointer).is_number() && result.at(pointer).get<double>() >= 0;
    head += "<th>" + html_escaped(column) + "</th>";
    line += "<td>" + (has ? fmt::format("{:.2f}", 100 * result.at(pointer).get<double>()) : std::string("—")) + "</td>";
  }
  if (head.empty()) return "<p class=\"quiet\">No evaluation yet.</p>\n";
  return "<table><thead><tr>" + head + "</tr></thead><tbody><tr>" + line + "</tr></tbody></table>\n";
}

/// What the numbers were made by.
std::string run_facts(const json& result) {
  const auto text = [&](const char* key) {
    return result.contains(key) && result[key].is_string() ? result[key].get<std::string>() : "";
  };
  if (text("protocol").empty()) return "";
  const std::string source = text("frequency_source");
  return "<p class=\"quiet\">" +
         html_escaped(fmt::format("Protocol: {} ({}){}", text("protocol"), text("protocol_reason"),
                                  source.empty() ? "" : "; frequency of the classes: " + source)) +
         "</p>\n";
}

}  // namespace

std::string run_report(const fs::path& folder) {
  json result = json::parse(read_text_file(folder / "result.json"), nullptr, false);
  if (!result.is_object()) result = json::object();
  const auto field = [&](const char* key) {
    return !result.contains(key)     ? std::string("?")
           : result[key].is_string() ? result[key].get<std::string>()
                                     : result[key].dump();
  };
  const bool finished = result.contains("status") && (result["status"] == "finished" || result["status"] == "partial");
  const std::string name =
      result.contains("name") ? field("name") : fs::absolute(folder / "").parent_path().filename().string();
  const RunHistory history = read_history(folder);
  const std::vector<std::string> columns = usual_columns(history, result);
  std::string body = "<h1>" + html_escaped(name) + "</h1>\n<p class=\"quiet\">";
  if (finished) {
    const double seconds = result.contains("train_seconds") && result["train_seconds"].is_number()
                               ? result["train_seconds"].get<double>()
                               : 0;
    const std::string epochs = field("epoch");
    body += html_escaped(fmt::format("{}, seed {}, {} epoch{}, trained in {}", field("task"), field("seed"), epochs,
                                     epochs == "1" ? "" : "s", format_duration(seconds)));
    if (result.contains("threads")) body += html_escaped(", " + conditions_of(result));
  } else {
    body += "not finished";
  }
  body += "</p>\n";
  for (const std::string& caution : cautions_of(result)) {
    body += "<p><strong>" + html_escaped(caution) + "</strong></p>\n";
  }
  body += run_metrics(result, columns) + run_facts(result) + run_charts(folder, history, columns) +
          run_classes(folder) + run_confusion(folder);
  return html_page(name, body + "<h2>How it was made</h2>\n" + html_run_files(folder, folder / "provenance.txt"));
}

}  // namespace longtail

#include "core/ablation/run_history.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/ablation/csv_file.h"
#include "core/ablation/run_state.h"
#include "core/evaluation/output_name.h"

namespace longtail {
namespace {

using nlohmann::json;

double number(const json& line, const char* key) {
  return line.contains(key) && line[key].is_number() ? line[key].get<double>() : NAN;
}

RunHistory::Curve& curve_of(RunHistory& history, const std::string& name) {
  for (auto& [known, curve] : history.evaluations) {
    if (known == name) return curve;
  }
  return history.evaluations.emplace_back(name, RunHistory::Curve{}).second;
}

void add_evaluation(RunHistory& history, const json& line) {
  if (!line.contains("metrics") || !line["metrics"].is_object()) return;
  const double epoch = number(line, "epoch");
  for (const auto& [group, values] : line["metrics"].items()) {
    if (!values.is_object()) continue;
    for (const auto& [name, value] : values.items()) {
      if (!value.is_number() || value.get<double>() < 0) continue;
      curve_of(history, group + '/' + name).emplace_back(epoch, value.get<double>());
    }
  }
}

/// Epochs trained when a line was written; epochs may differ in length. A line of an earlier version does not tell
/// where in the epoch it was.
double epochs_of(const json& line) {
  const double epoch = number(line, "epoch"), whole = number(line, "iterations_per_epoch");
  return whole > 0 ? epoch - 1 + number(line, "iteration_in_epoch") / whole : epoch;
}

}  // namespace

RunHistory::Curve RunHistory::evaluation(const std::string& pointer) const {
  for (const auto& [name, curve] : evaluations) {
    if ("/metrics/" + name == pointer) return curve;
  }
  return {};
}

RunHistory read_history(const std::filesystem::path& run_folder) {
  RunHistory history;
  std::istringstream stream(read_text_file(run_folder / "metrics.jsonl"));
  for (std::string text; std::getline(stream, text);) {
    const json line = json::parse(text, nullptr, false);
    if (!line.is_object()) continue;
    if (line.value("kind", "") == "evaluation") {
      add_evaluation(history, line);
    } else {
      const double epochs = epochs_of(line);
      history.loss.emplace_back(epochs, number(line, "loss"));
      history.learning_rate.emplace_back(epochs, number(line, "learning_rate"));
    }
  }
  return history;
}

std::filesystem::path output_file(const std::filesystem::path& run_folder, const std::string& stem,
                                  const std::string& ending) {
  std::error_code unseen;
  const std::filesystem::path whole = run_folder / output_name(stem, ending, false);
  return std::filesystem::exists(whole, unseen) ? whole : run_folder / output_name(stem, ending, true);
}

std::filesystem::path per_class_file(const std::filesystem::path& run_folder) {
  return output_file(run_folder, "per_class", "csv");
}

ClassScores read_class_scores(const std::filesystem::path& run_folder) {
  const CsvFile file = read_csv(per_class_file(run_folder));
  const auto count = file.first_of({"train_count", "image_count"});
  const auto score = file.first_of({"accuracy", "segm_AP", "bbox_AP"});
  ClassScores scores;
  if (!count || !score) return scores;
  scores.measure = file.columns[*score] == "accuracy" ? "accuracy" : "AP";
  for (const std::vector<std::string>& fields : file.rows) {
    const double value = fields[*score].empty() ? -1 : std::strtod(fields[*score].c_str(), nullptr);
    if (value < 0) continue;
    if (fields[*count].empty()) {
      scores.uncounted = true;
    } else {
      scores.classes.emplace_back(std::strtod(fields[*count].c_str(), nullptr), value);
    }
  }
  return scores;
}

std::vector<std::pair<double, double>> grouped_by_count(std::vector<std::pair<double, double>> classes,
                                                        std::size_t groups) {
  std::sort(classes.begin(), classes.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  groups = std::min(groups, classes.size());
  std::vector<std::pair<double, double>> result;
  for (std::size_t i = 0; i < groups; ++i) {
    const std::size_t begin = i * classes.size() / groups;
    const std::size_t end = (i + 1) * classes.size() / groups;
    std::pair<double, double> sum = {0, 0};
    for (std::size_t j = begin; j < end; ++j) {
      sum.first += classes[j].first;
      sum.second += classes[j].second;
    }
    const auto size = static_cast<double>(end - begin);
    result.emplace_back(sum.first / size, sum.second / size);
  }
  return result;
}

}  // namespace longtail

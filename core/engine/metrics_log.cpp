#include "core/engine/metrics_log.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <longtail/error.h>

#include "core/io/atomic_file.h"
#include "core/io/own_file.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

using Json = nlohmann::ordered_json;

bool is_evaluation(const Json& record) { return record.value("kind", "") == "evaluation"; }

MetricsLog::Evaluation evaluation_of(const Json& record) {
  MetricsLog::Evaluation evaluation;
  evaluation.epoch = record.value("epoch", std::int64_t{0});
  evaluation.iteration = record.value("iteration", std::int64_t{0});
  const Json groups = record.value("metrics", Json::object());
  for (const auto& [group, values] : groups.items()) {
    if (!values.is_object()) continue;
    for (const auto& [name, value] : values.items()) {
      evaluation.metrics[group][name] = value.is_number() ? value.get<double>() : -1;
    }
  }
  return evaluation;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& file, std::int64_t iteration) : path_(file) {
  if (iteration > 0 && std::filesystem::exists(file)) {
    rewrite(iteration, true);
  } else {
    file_ = AppendFile(file, AppendFile::Start::anew);
  }
}

/// Leaves the lines up to `iteration`, with or without an evaluation at it; a line cut by a crash is dropped.
void MetricsLog::rewrite(std::int64_t iteration, bool with_its_evaluation) {
  file_ = AppendFile();
  std::string kept;
  evaluations_.clear();
  std::istringstream lines(read_own_file(path_));
  for (std::string line; std::getline(lines, line);) {
    const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || record.value("iteration", std::int64_t{-1}) > iteration) break;
    if (is_evaluation(record)) {
      if (!with_its_evaluation && record.value("iteration", std::int64_t{-1}) == iteration) continue;
      // An earlier version could write one twice.
      if (!evaluations_.empty() && evaluations_.back().iteration == record.value("iteration", std::int64_t{-1}))
        continue;
      evaluations_.push_back(evaluation_of(record));
    }
    kept += line + "\n";
  }
  write_file_atomically(path_, {kept}, Links::refuse);
  file_ = AppendFile(path_);
}

void MetricsLog::train(const StepRecord& record) {
  Json line = {{"kind", "train"},
               {"epoch", record.progress.epoch + 1},
               {"iteration", record.progress.iteration + 1},
               {"iteration_in_epoch", record.progress.iteration_in_epoch + 1},
               {"iterations_per_epoch", record.progress.iterations_per_epoch},
               {"loss", record.total_loss},
               {"learning_rate", record.learning_rate},
               {"data_seconds", record.data_seconds},
               {"step_seconds", record.step_seconds}};
  for (const auto& [name, value] : record.losses) line["losses"][name] = value;
  if (record.gradient_norm >= 0) line["gradient_norm"] = record.gradient_norm;
  write(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void MetricsLog::evaluation(const Progress& progress, const std::string& split, const Metrics& metrics,
                            const EvaluationFacts& facts, std::int64_t limit_batches) {
  if (evaluation_at(progress.iteration) != nullptr) rewrite(progress.iteration, false);
  Json line = {{"kind", "evaluation"}, {"epoch", progress.epoch}, {"iteration", progress.iteration}, {"split", split}};
  if (limit_batches > 0) line["partial"] = counted(limit_batches, "batch", "batches") + " only";
  for (const auto& [name, text] : facts) line[name] = text;
  for (const auto& [group, values] : metrics) {
    for (const auto& [name, value] : values) line["metrics"][group][name] = value < 0 ? Json(nullptr) : Json(value);
  }
  write(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  evaluations_.push_back({progress.epoch, progress.iteration, metrics});
}

const MetricsLog::Evaluation* MetricsLog::evaluation_at(std::int64_t iteration) const {
  const auto found = std::find_if(evaluations_.begin(), evaluations_.end(),
                                  [&](const Evaluation& evaluation) { return evaluation.iteration == iteration; });
  return found == evaluations_.end() ? nullptr : &*found;
}

void MetricsLog::write(const std::string& line) {
  if (file_.write(line + '\n')) return;
  throw Error(ExitCode::other,
              fmt::format("{}: cannot be written: {}; free some disk space and run again with --resume", path_.string(),
                          file_.why()));
}

}  // namespace longtail

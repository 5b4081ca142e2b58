#include "core/engine/metrics_log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <longtail/error.h>

#include "core/io/atomic_file.h"

namespace longtail {
namespace {

using Json = nlohmann::ordered_json;

/// Lines of the steps up to `iteration`; a line cut by a crash is dropped.
std::string lines_until(const std::filesystem::path& file, std::int64_t iteration) {
  std::ifstream stream(file);
  std::string kept;
  for (std::string line; std::getline(stream, line);) {
    const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || record.value("iteration", std::int64_t{-1}) > iteration) break;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& file, std::int64_t iteration) : path_(file) {
  if (iteration > 0 && std::filesystem::exists(file)) {
    write_file_atomically(file, {lines_until(file, iteration)});
    stream_.open(file, std::ios::app);
  } else {
    stream_.open(file, std::ios::trunc);
  }
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

void MetricsLog::evaluation(const Progress& progress, const std::string& split, const Metrics& metrics) {
  Json line = {{"kind", "evaluation"}, {"epoch", progress.epoch}, {"iteration", progress.iteration}, {"split", split}};
  for (const auto& [group, values] : metrics) {
    for (const auto& [name, value] : values) line["metrics"][group][name] = value;
  }
  write(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void MetricsLog::write(const std::string& line) {
  stream_ << line << '\n' << std::flush;
  if (!stream_) {
    throw Error(ExitCode::other,
                fmt::format("{}: cannot be written; free some disk space and run again with --resume", path_.string()));
  }
}

}  // namespace longtail

#include "core/engine/model_selection.h"

#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/engine/checkpoint.h"
#include "core/io/safetensors.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

/// The value that a kept file tells of this metric; -1 where it tells none.
double kept_value(const fs::path& file, const std::string& metric) {
  std::error_code unseen;
  if (!fs::exists(file, unseen)) return -1;
  try {
    TensorFile kept = read_safetensors(file);
    return kept.metadata["metric"] == metric ? std::atof(kept.metadata["value"].c_str()) : -1;
  } catch (const DataError&) {  // damaged: the next evaluation replaces it
    return -1;
  }
}

}  // namespace

BestWeights::BestWeights(std::string metric, fs::path folder)
    : metric_(std::move(metric)), file_(std::move(folder) / "best.safetensors") {
  if (!metric_.empty()) best_ = kept_value(file_, metric_);
}

std::string BestWeights::offer(const Metrics& metrics, const Progress& progress, const Module& model) {
  if (metric_.empty()) return "";
  const double value = metric_of(metrics, metric_);
  if (value < 0) return fmt::format("warning: checkpoint.keep_best: {} is undefined on these data", metric_);
  if (value <= best_) return "";
  best_ = value;
  fs::create_directories(file_.parent_path());
  const TensorFile kept{{{"format", "longtail weights 1"},
                         {"metric", metric_},
                         {"value", fmt::format("{}", value)},
                         {"epoch", std::to_string(progress.epoch)},
                         {"iteration", std::to_string(progress.iteration)}},
                        named_state(model)};
  write_safetensors(file_, kept);
  return fmt::format("best {} so far: {:.2f}, kept as {}", metric_, 100 * value, file_.string());
}

bool is_time_to_stop(const EarlyStopConfig& config, const std::vector<MetricsLog::Evaluation>& evaluations,
                     std::int64_t begin) {
  if (config.metric.empty()) return false;
  double best = -1;
  std::int64_t since = 0;
  for (const MetricsLog::Evaluation& evaluation : evaluations) {
    const double value = metric_of(evaluation.metrics, config.metric);
    if (evaluation.epoch <= begin || value < 0) continue;
    since = value > best ? 0 : since + 1;
    if (value > best) best = value;
  }
  return since >= config.patience;
}

}  // namespace longtail

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <longtail/module.h>

#include "core/engine/experiment_config.h"
#include "core/engine/metrics_log.h"
#include "core/engine/schedule.h"
#include "core/engine/task.h"

namespace longtail {

/// The weights of the best evaluation so far, as best.safetensors in the folder of checkpoints; its metadata tell the
/// metric, its value and the epoch.
class BestWeights {
 public:
  /// `metric` as "segm/AP"; "" keeps nothing. What an earlier part of the run has kept counts.
  BestWeights(std::string metric, std::filesystem::path folder);
  /// Keeps `model` as it is now where its evaluation is better than all before. Returns a line for people, or "".
  std::string offer(const Metrics& metrics, const Progress& progress, const Module& model);

 private:
  std::string metric_;
  std::filesystem::path file_;
  double best_ = -1;
};

/// Whether the last `patience` evaluations after `begin` epochs are all no better than the best one before them.
/// Undefined values count for nothing.
bool is_time_to_stop(const EarlyStopConfig& config, const std::vector<MetricsLog::Evaluation>& evaluations,
                     std::int64_t begin);

}  // namespace longtail

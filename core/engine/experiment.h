#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <longtail/catalog.h>

#include "core/engine/experiment_config.h"
#include "core/engine/run_folder.h"

namespace longtail {

struct TrainOptions {
  std::filesystem::path work_dir;
  std::filesystem::path cache_dir;  // of finished phases; empty: none
  bool resume = false;
  std::string device = "cpu";
  std::int64_t limit_batches = 0;
  std::string command_line;
};

/// Trains all phases, evaluates, and writes the run folder. `composed` is the configuration as it was composed, for
/// the provenance. Throws Error; what was trained until then stays in the last checkpoint.
RunResult train(const ExperimentPlan& plan, const Node& composed, const Catalog& catalog, const TrainOptions& options);

struct EvalOptions {
  std::string weights;  // a weights file, or a run folder: its newest checkpoint
  std::string split = "val";
  std::string device = "cpu";
  std::int64_t limit_batches = 0;
  std::string output_folder;
};

/// Evaluates weights under the configuration of the last phase.
Metrics evaluate(const ExperimentPlan& plan, const Catalog& catalog, const EvalOptions& options);

/// "cpu", "cuda" or "cuda:1"; throws Error where there is no such device.
at::Device parse_device(const std::string& text);

/// One line a group: "accuracy: many 71.20  medium 50.10 ...", in percent.
std::string format_metrics(const Metrics& metrics);

}  // namespace longtail

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <longtail/catalog.h>

#include "core/engine/experiment_config.h"
#include "core/engine/run_folder.h"

namespace longtail {

struct TrainOptions {
  std::filesystem::path work_dir;
  std::filesystem::path cache_dir;  // of finished phases; empty: none
  bool resume = false;
  bool overwrite = false;  // removes what the folder holds of a run, and begins anew
  bool allow_changed_data =
      false;                    // goes on though files of the data have changed; recorded in env.json and the result
  std::string device = "auto";  // on --resume the run's own, where it is there
  std::int64_t limit_batches = 0;
  std::string command_line;
  std::function<void()> before_training;  // when everything has been checked and the folder made; may be empty
};

/// Trains all phases, evaluates, and writes the run folder. Throws Error; what was trained until then stays in the last
/// checkpoint.
RunResult train(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options);

}  // namespace longtail

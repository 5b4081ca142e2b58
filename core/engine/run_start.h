#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/data_record.h"
#include "core/engine/experiment.h"
#include "core/io/file_lock.h"

namespace longtail {

/// A run that has been checked and may begin or go on.
struct RunStart {
  ExperimentPlan plan;   // with the number of threads that this process has now
  TrainOptions options;  // with the device as it is
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<RunFolder> folder;
  bool goes_on = false;  // from a checkpoint
  DataRecord data;
  std::vector<std::string> earlier_changes;  // of times when the run was gone on with before
  std::vector<std::string> changes;          // of the data since its checkpoint was made
  std::int64_t data_since = 0;               // the epoch after which they were changed before
  std::string longer;                        // "schedule.epochs: 4 -> 6"; the epochs before are as they were
  std::vector<std::string> notes;            // for the log
  std::optional<RunResult> finished;         // there is nothing to do
};

/// Everything that can be found wrong before hours of training are: files, parts that do not fit each other, in every
/// phase and in the evaluation at the end; another run in the folder; with `resume` a configuration or data that are
/// not the run's. Sets the number of threads. Throws Error, and has then changed nothing.
RunStart start_run(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options);

}  // namespace longtail

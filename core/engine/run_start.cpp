#include "core/engine/run_start.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/console.h"
#include "core/engine/device.h"
#include "core/engine/resume.h"
#include "core/engine/trainable.h"
#include "core/system/tuning.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

/// A run that goes on has its weights from its checkpoint.
std::vector<std::string> missing_inputs_of(const Phase& phase, bool goes_on) {
  ExperimentConfig config = phase.config;
  if (goes_on) config.model.erase("init");
  return missing_inputs(config);
}

void preflight(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options, bool goes_on) {
  TaskContext context;
  context.catalog = &catalog;
  context.device = parse_device(options.device);
  context.limit_batches = options.limit_batches;
  Console console;
  context.progress = [&console](const std::string& text) { console.progress(text); };
  std::vector<std::string> missing;
  for (const Phase& phase : plan.phases) {
    for (const std::string& what : missing_inputs_of(phase, goes_on)) {
      if (std::find(missing.begin(), missing.end(), what) == missing.end()) missing.push_back(what);
    }
  }
  if (!missing.empty()) throw DataError(fmt::format("{}", fmt::join(missing, "; ")));
  for (const Phase& phase : plan.phases) {
    const std::unique_ptr<Task> task = make_task(phase.config, context);
    task->check();
    choose_trainable(task->model(), task->train_only());
  }
}

/// A run that goes on stays on its device where that is there, unless another one is asked for.
std::string choose_device(const std::string& asked, const EarlierRun& earlier) {
  if (asked == "auto" && earlier.trained && !earlier.device.empty()) {
    try {
      return parse_device(earlier.device).str();
    } catch (const Error&) {  // another machine
    }
  }
  return parse_device(asked).str();
}

/// What the configuration says, else what the run has had, else what the machine has.
void settle_threads(ExperimentPlan& plan, const EarlierRun& earlier) {
  std::int64_t threads = plan.config.threads;
  if (threads == 0) threads = earlier.threads;
  if (threads == 0) threads = choose_threads(0);
  set_threads(plan, threads);
  tune_process(static_cast<int>(threads));
}

void refuse_other_limit(const RunFolder& folder, std::int64_t before, std::int64_t now) {
  if (before == now) return;
  const auto with = [](std::int64_t limit) {
    return limit > 0 ? fmt::format("with --limit-batches {}", limit) : std::string("without --limit-batches");
  };
  throw ConfigError(fmt::format("{} was finished {} and is not the same {}; use another --work-dir",
                                folder.path().string(), with(before), with(now)));
}

void compare_data(RunStart& start) {
  DataRecord before = read_data_record(start.folder->data_files());
  if (before.empty()) {
    start.notes.emplace_back(
        "warning: the run has no data_files.tsv (an earlier version began it): whether its data have changed cannot be "
        "told");
    return;
  }
  keep_initial_weights(before, start.data);
  const DataChanges changes = compare_data(before, start.data);
  if (!changes.touched.empty()) {
    start.notes.push_back(
        fmt::format("note: {} other times but the same size as before (such as {}): taken for the same",
                    counted(changes.touched.size(), "picture has", "pictures have"), changes.touched.front()));
  }
  if (changes.certain.empty()) return;
  const std::string what = shortened(changes.certain);
  if (!start.options.allow_changed_data) {
    throw DataError(
        fmt::format("{}: the data are not those that the run began with: {}. Put them back, or go on with "
                    "them all the same by --allow-changed-data (which the result will tell), or begin anew "
                    "in another --work-dir",
                    start.folder->path().string(), what));
  }
  start.changes.push_back("data: " + what);
}

/// Checks what the folder holds against what is asked for.
void take_up(RunStart& start, const EarlierRun& earlier, const Catalog& catalog) {
  start.longer = check_same_run(*start.folder, earlier, start.plan, catalog);
  if (earlier.finished) {
    const RunResult before = read_result(start.folder->result());
    refuse_other_limit(*start.folder, before.limit_batches, start.options.limit_batches);
    if (start.longer.empty()) {
      start.finished = before;
      return;
    }
  }
  start.data = take_data_record(start.plan.phases);
  start.goes_on = earlier.trained;
  start.earlier_changes = earlier.changes;
  start.data_since = earlier.data_since;
  if (start.goes_on) compare_data(start);
}

void tell_beginning(RunStart& start, const EarlierRun& earlier) {
  const std::string folder = start.folder->path().string();
  if (earlier.begun && !earlier.worth()) {
    start.notes.push_back(folder + ": an earlier run here never reached a checkpoint; a new one begins in its place");
  } else if (start.options.resume) {
    start.notes.push_back(folder + ": nothing to resume there; a new run begins");
  }
}

}  // namespace

RunStart start_run(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options) {
  RunStart start;
  start.plan = plan;
  start.options = options;
  const EarlierRun seen = options.resume ? look_at_run(options.work_dir) : EarlierRun{};
  settle_threads(start.plan, seen);
  start.options.device = choose_device(options.device, seen);
  preflight(start.plan, catalog, start.options, seen.trained);
  // One that is training now has more to say than that it holds a run.
  std::error_code unseen;
  if (fs::exists(options.work_dir / ".lock", unseen)) {
    start.lock = std::make_unique<FileLock>(lock_folder(options.work_dir));
  }
  const EarlierRun earlier = look_at_run(options.work_dir);
  using Purpose = RunFolder::Purpose;
  const Purpose purpose = options.overwrite ? Purpose::overwrite : options.resume ? Purpose::resume : Purpose::begin;
  start.folder = std::make_unique<RunFolder>(RunFolder::open(options.work_dir, earlier, purpose));
  if (!start.lock) start.lock = std::make_unique<FileLock>(lock_folder(start.folder->path()));
  if (purpose == Purpose::resume && earlier.worth()) {
    take_up(start, earlier, catalog);
    return start;
  }
  start.data = take_data_record(start.plan.phases);
  tell_beginning(start, earlier);
  return start;
}

}  // namespace longtail

#include "core/engine/resume.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "core/engine/checkpoint.h"
#include "registry/text/counted.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

/// Without what changes no result, and without the number of threads, which is told apart.
Node deciding(Node config) {
  for (const char* key : {"name", "plugin_path", "checkpoint", "threads"}) config.erase(key);
  if (Node* loader = config.find("loader")) {
    loader->erase("threads");
    loader->erase("prefetch");
  }
  return config;
}

/// Without the schedule's open end.
Node without_end(Node config) {
  for (const char* key : {"epochs", "milestones", "phases"}) config.find("schedule")->erase(key);
  return config;
}

/// How far the newest checkpoint has come that can be read; training itself tells of others.
Progress trained_so_far(const RunFolder& folder) {
  return load_newest_checkpoint(folder.checkpoints(), [](const std::string&) {}).state.progress;
}

/// The milestones that the rates of the epochs up to and with `last` depend on.
std::vector<std::int64_t> passed(std::vector<std::int64_t> milestones, std::int64_t last) {
  milestones.erase(std::remove_if(milestones.begin(), milestones.end(), [=](std::int64_t m) { return m > last; }),
                   milestones.end());
  return milestones;
}

std::size_t phase_of(const ExperimentPlan& plan, std::int64_t epoch) {
  std::size_t i = 0;
  while (i + 1 < plan.phases.size() && epoch >= plan.phases[i].end) ++i;
  return i;
}

bool same_phase(const Phase& before, const Phase& now) {
  return before.begin == now.begin &&
         without_end(deciding(dump_params(before.config))).same_value(without_end(deciding(dump_params(now.config))));
}

/// Why a longer schedule is another one for the epochs 0..last; "" where it is not.
std::string changes_the_past(const ExperimentPlan& before, const ExperimentPlan& now, std::int64_t last) {
  for (std::int64_t epoch = 0; epoch <= last; ++epoch) {
    const std::size_t i = phase_of(before, epoch), j = phase_of(now, epoch);
    const Phase &of_before = before.phases[i], &of_now = now.phases[j];
    if (i != j || !same_phase(of_before, of_now)) {
      return fmt::format("schedule.phases: epoch {} was trained in another phase or by other settings", epoch + 1);
    }
    const LearningRateConfig &was = of_before.config.schedule.rate, &is = of_now.config.schedule.rate;
    if (was.decay == "cosine") {
      return fmt::format("schedule.decay is cosine: the learning rates of the {} trained depend on schedule.epochs",
                         counted(last + 1, "epoch that is", "epochs that are"));
    }
    if (was.decay == "multi_step" && passed(was.milestones, last) != passed(is.milestones, last)) {
      return fmt::format("schedule.milestones: the learning rates of the {} trained would be others",
                         counted(last + 1, "epoch that is", "epochs that are"));
    }
  }
  return "";
}

/// Every change of a key, a line each.
[[noreturn]] void refuse_changes(const RunFolder& folder, const Node& was, const Node& is, bool fewer_epochs) {
  std::string changes = diff(was, is);
  while (!changes.empty() && changes.back() == '\n') changes.pop_back();
  throw LinesError<ConfigError>(fmt::format(
      "{} was made by another configuration; undo these changes{}, use --overwrite to begin "
      "anew, or another --work-dir:\n{}",
      visible(folder.path().string()), fewer_epochs ? " (schedule.epochs may grow, but not shrink)" : "", changes));
}

}  // namespace

std::string check_same_run(const RunFolder& folder, const EarlierRun& earlier, const ExperimentPlan& now,
                           const Catalog& catalog) {
  if (earlier.config.is_null()) {
    throw ConfigError(
        fmt::format("{}/config.yaml cannot be read, so the run cannot be gone on with; put it back, or "
                    "use another --work-dir",
                    folder.path().string()));
  }
  Diagnostics outdated;  // by today's schemas keys that are new since have their defaults
  const ExperimentPlan before = read_experiment(earlier.config, catalog, outdated);
  const Node was = deciding(outdated.ok() ? before.resolved : earlier.config), is = deciding(now.resolved);
  if (was.same_value(is)) return "";
  const std::int64_t epochs_before = before.config.schedule.epochs, epochs_now = now.config.schedule.epochs;
  const bool longer = outdated.ok() && epochs_now > epochs_before && without_end(was).same_value(without_end(is));
  if (!longer) refuse_changes(folder, was, is, outdated.ok() && epochs_now < epochs_before);
  if (!earlier.trained) {
    throw ConfigError(
        fmt::format("{} has no checkpoint any more to train {} in place of {} from; train anew in "
                    "another --work-dir",
                    folder.path().string(), counted(epochs_now, "epoch"), epochs_before));
  }
  const Progress trained = trained_so_far(folder);
  const std::int64_t last = trained.epoch - (trained.iteration_in_epoch > 0 ? 0 : 1);
  const std::string past = changes_the_past(before, now, last);
  if (!past.empty()) {
    throw ConfigError(
        fmt::format("{} cannot be gone on with for {} in place of {}: {}; train anew in another "
                    "--work-dir",
                    folder.path().string(), counted(epochs_now, "epoch"), epochs_before, past));
  }
  return fmt::format("schedule.epochs: {} -> {}", epochs_before, epochs_now);
}

}  // namespace longtail

#include "core/engine/phase_key.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include <longtail/params.h>

#include "core/engine/task.h"
#include "core/io/fingerprint.h"

namespace longtail {
namespace {

/// The part of a phase's configuration that its training depends on.
Node relevant(const Phase& phase) {
  ExperimentConfig config = phase.config;
  ScheduleConfig& schedule = config.schedule;
  schedule.phases.clear();
  if (schedule.rate.decay != "cosine") schedule.epochs = 0;  // only the cosine looks at the end
  auto& milestones = schedule.rate.milestones;
  milestones.erase(std::remove_if(milestones.begin(), milestones.end(),
                                  [&](std::int64_t milestone) { return milestone >= phase.end; }),
                   milestones.end());
  Node node = dump_params(config);
  for (const char* key : {"name", "plugin_path", "calibration", "evaluation", "checkpoint", "threads", "early_stop"}) {
    node.erase(key);
  }
  for (const char* key : {"val", "val_images", "protocol", "rare_at_most", "common_at_most", "test_batch"}) {
    node.find("data")->erase(key);
  }
  node.find("model")->erase("test");
  for (const char* key : {"threads", "prefetch"}) node.find("loader")->erase(key);
  return node;
}

}  // namespace

std::string phase_key(const std::string& previous, const Phase& phase, const Origin& origin) {
  return fingerprint(fmt::format("{}\n{}..{}\n{}\n{}\n{} {}\n{} {} {}\n", previous, phase.begin, phase.end,
                                 to_json(relevant(phase)), data_fingerprint(phase.config), origin.program,
                                 origin.libraries, origin.device, origin.threads, origin.limit_batches));
}

bool PhaseCache::has(const std::string& key) const {
  std::error_code unseen;
  return enabled() && std::filesystem::exists(folder_ / (key + ".state.safetensors"), unseen);
}

FileLock PhaseCache::lock(const std::string& key) const {
  return FileLock(folder_ / ('.' + key + ".lock"), "choose another --cache-dir");
}

TrainingState PhaseCache::load(const std::string& key) const { return load_checkpoint(folder_, key); }

void PhaseCache::save(const std::string& key, const TrainingState& state) const {
  if (enabled()) save_checkpoint(folder_, key, state);
}

}  // namespace longtail

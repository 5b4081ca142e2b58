#include "core/engine/experiment_config.h"

#include <filesystem>

#include <fmt/format.h>

#include <longtail/config/compose.h>

#include "core/engine/task.h"

namespace longtail {

void LoaderConfig::bind(ParamBinder& p) {
  p("batch_size", batch_size, "Samples in one batch", at_least(1));
  p("threads", threads, "Threads that read and augment; 0 does it in the training thread. Results do not depend on it",
    in(0, 256));
  p("prefetch", prefetch, "Batches kept ready", in(1, 256));
  p("drop_last", drop_last, "Leave out the last batch of an epoch when it is not full");
}

void PhaseConfig::bind(ParamBinder& p) {
  p("name", name, "Name in logs; phase_1, phase_2, ... by default");
  p("until", until, "Epoch at which the phase ends", required, at_least(1));
  p("set", set, "Parts of the configuration that differ in this phase");
}

void ScheduleConfig::bind(ParamBinder& p) {
  p("epochs", epochs, "Epochs of the whole run", at_least(1));
  rate.bind(p);
  p("phases", phases, "Stretches of training with changes to the configuration; the last one ends at `epochs`");
}

void EvaluationConfig::bind(ParamBinder& p) {
  p("every", every, "Evaluate after every so many epochs; 0 only at the end", at_least(0));
  p("split", split, "Part of the data to evaluate on", one_of({"val", "train"}));
}

void CheckpointConfig::bind(ParamBinder& p) {
  p("every", every, "Write a checkpoint after every so many epochs", at_least(1));
  p("keep", keep, "Checkpoints kept in the run folder, the newest first", at_least(1));
}

void ExperimentConfig::bind(ParamBinder& p) {
  p("name", name, "Label of the run; the file's name by default");
  p("task", task, "What is trained", one_of(task_names()));
  p("seed", seed, "Seed of initial weights, order and augmentation", at_least(0));
  p("plugin_path", plugin_path, "More folders to search for plugins");
  p("model", model, "Model of the task");
  p("data", data, "Data of the task");
  p("loss", loss, "Classification loss", component("loss"));
  p("sampler", sampler, "Order of the training samples", component("sampler"));
  p("paradigm", paradigm, "How the head is applied", component("paradigm"));
  p("calibration", calibration, "Re-scoring at test time", component("calibration"));
  p("loader", loader, "Reading of batches");
  p("optimizer", optimizer, "Optimiser");
  p("schedule", schedule, "Length, learning rate and phases");
  p("ema", ema, "Decay of an exponential moving average of the weights, used for evaluation; 0 keeps none",
    in_half_open(0, 1));
  p("evaluation", evaluation, "When and on what to evaluate");
  p("checkpoint", checkpoint, "When to write checkpoints");
}

namespace {

/// One configuration by itself: the common part by its schema, then what belongs to the task.
ExperimentConfig read_one(const Node& root, const Catalog& catalog, Diagnostics& diagnostics) {
  ExperimentConfig config;
  const std::size_t before = diagnostics.findings().size();
  read_params(root, config, "the experiment", &catalog, diagnostics);
  const Node* task = root.find("task");
  const bool task_is_known = task == nullptr || diagnostics.findings().size() == before || is_task(config.task);
  if (task_is_known) read_task_config(config, catalog, diagnostics);
  return config;
}

void check_phase_order(const Node& root, const ScheduleConfig& schedule, Diagnostics& diagnostics) {
  const Node* phases = root.find_path("schedule.phases");
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < schedule.phases.size(); ++i) {
    const std::int64_t until = schedule.phases[i].until;
    const Node* at = phases->items()[i].find("until");
    if (at == nullptr || until == 0) continue;  // already a finding
    if (until <= previous) {
      diagnostics.error(at->mark(), fmt::format("phase {} ends at epoch {}, but the one before it ends at {}", i + 1,
                                                until, previous));
    }
    if (i + 1 == schedule.phases.size() && until != schedule.epochs) {
      diagnostics.error(at->mark(), fmt::format("the last phase ends at epoch {}, but schedule.epochs is {}; make them "
                                                "equal", until, schedule.epochs));
    }
    previous = until;
  }
}

/// What a phase may not change: it would make another run of it, not a phase of this one.
void check_phase_keys(const Node& set, Diagnostics& diagnostics) {
  for (const char* path : {"task", "seed", "name", "extends", "plugin_path", "schedule.epochs", "schedule.phases",
                           "model.backbone", "data.num_classes", "data.train"}) {
    if (const Node* found = set.find_path(path)) {
      diagnostics.error(found->mark(), fmt::format("a phase cannot change '{}'", path));
    }
  }
}

Phase make_phase(const Node& root, const PhaseConfig& phase, std::size_t index, std::int64_t begin,
                 const Catalog& catalog, Diagnostics& diagnostics) {
  check_phase_keys(phase.set, diagnostics);
  Node changed = root;
  merge(changed, phase.set);
  Phase made;
  made.name = phase.name.empty() ? fmt::format("phase_{}", index + 1) : phase.name;
  made.begin = begin;
  made.end = phase.until;
  made.config = read_one(changed, catalog, diagnostics);
  return made;
}

}  // namespace

ExperimentPlan read_experiment(const Node& root, const Catalog& catalog, Diagnostics& diagnostics) {
  ExperimentPlan plan;
  plan.config = read_one(root, catalog, diagnostics);
  const ScheduleConfig& schedule = plan.config.schedule;
  check_phase_order(root, schedule, diagnostics);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < schedule.phases.size(); ++i) {
    plan.phases.push_back(make_phase(root, schedule.phases[i], i, begin, catalog, diagnostics));
    begin = schedule.phases[i].until;
  }
  if (plan.phases.empty()) plan.phases.push_back(Phase{"train", 0, schedule.epochs, plan.config});
  plan.resolved = dump_params(plan.config);
  return plan;
}

ExperimentPlan read_plan(Node root, const std::string& source, const Catalog& catalog) {
  if (root.find("name") == nullptr) root.set("name", Node::of(std::filesystem::path(source).stem().string()));
  if (const Node* axes = root.find("axes")) {
    throw ConfigError(fmt::format("{}: this is a matrix of experiments: longtail matrix {}", to_string(axes->mark()),
                                  source));
  }
  Diagnostics diagnostics;
  ExperimentPlan plan = read_experiment(root, catalog, diagnostics);
  diagnostics.throw_if_any();
  return plan;
}

}  // namespace longtail

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/config/diagnostics.h>
#include <longtail/params.h>

#include "core/engine/optimizer.h"
#include "core/engine/schedule.h"

namespace longtail {

struct LoaderConfig {
  std::int64_t batch_size = 128;
  std::int64_t threads = 2;
  std::int64_t prefetch = 4;
  bool drop_last = true;
  void bind(ParamBinder& p);
};

/// Epochs [previous phase's `until`, `until`) with `set` merged over the configuration.
struct PhaseConfig {
  std::string name;
  std::int64_t until = 0;
  Node set = Node::map();
  void bind(ParamBinder& p);
};

struct ScheduleConfig {
  std::int64_t epochs = 30;
  LearningRateConfig rate;
  std::vector<PhaseConfig> phases;
  void bind(ParamBinder& p);
};

struct EvaluationConfig {
  std::int64_t every = 0;
  std::string split = "val";
  void bind(ParamBinder& p);
};

struct CheckpointConfig {
  std::int64_t every = 1;
  std::int64_t keep_last = 2;
  std::int64_t keep = 0;  // an earlier name of keep_last
  std::string keep_best;
  void bind(ParamBinder& p);
  std::size_t kept() const { return static_cast<std::size_t>(keep > 0 ? keep : keep_last); }
};

struct EarlyStopConfig {
  std::string metric;
  std::int64_t patience = 5;
  void bind(ParamBinder& p);
};

/// An experiment as YAML says it, with all defaults. `model` and `data` belong to the task, which reads them by
/// schemas of its own (core/engine/task.h).
struct ExperimentConfig {
  std::string name;
  std::string task = "classification";
  std::int64_t seed = 0;
  std::int64_t threads = 0;
  std::vector<std::string> plugin_path;
  Node model = Node::map();
  Node data = Node::map();
  ComponentSpec loss{"softmax", Node::map()};
  ComponentSpec sampler{"random", Node::map()};
  ComponentSpec paradigm{"none", Node::map()};
  ComponentSpec calibration{"none", Node::map()};
  LoaderConfig loader;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  double ema = 0;
  EvaluationConfig evaluation;
  CheckpointConfig checkpoint;
  EarlyStopConfig early_stop;
  void bind(ParamBinder& p);
};

/// One stretch of training under one configuration.
struct Phase {
  std::string name;
  std::int64_t begin = 0;  // first epoch
  std::int64_t end = 0;    // past the last epoch
  ExperimentConfig config;
};

/// A configuration that has been validated as a whole.
struct ExperimentPlan {
  ExperimentConfig config;  // without any phase's changes
  std::vector<Phase> phases;
  Node resolved;  // every parameter, defaults included, with the places of those that are written
};

/// The folders of `plugin_path`, absolute: a relative one starts at the file that says it, one of `--set` at the
/// current folder. One that is not there is a finding and left out.
std::vector<std::filesystem::path> plugin_folders(const Node& root, Diagnostics& diagnostics);

/// Puts `threads` into all of a plan in the place of its own number.
void set_threads(ExperimentPlan& plan, std::int64_t threads);

/// Validates all of a composed configuration: its own parameters, its components', its task's, and the same again
/// for each phase. Everything wrong becomes a finding; the result is usable only when there is none.
ExperimentPlan read_experiment(const Node& root, const Catalog& catalog, Diagnostics& diagnostics);

/// What a run of a file is called that does not say: "clothing_small" of clothing/small.yaml below one of `roots`, so
/// that no two of them share a work folder, else the file's stem.
std::string default_name(const std::filesystem::path& file, const std::vector<std::filesystem::path>& roots);

/// read_experiment() for the file `source`, which names the run where the configuration does not: "cifar10_lt" of
/// configs/cifar10_lt.yaml. Throws ConfigError for a matrix of experiments, about which no finding would be true.
ExperimentPlan read_plan(Node root, const std::string& source, const Catalog& catalog, Diagnostics& diagnostics);

}  // namespace longtail

#include "core/engine/experiment_config.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <longtail/config/compose.h>

#include "core/engine/task.h"
#include "registry/config/marks.h"
#include "registry/config/scalar.h"
#include "registry/text/visible.h"

namespace longtail {

namespace fs = std::filesystem;

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
  p("keep_last", keep_last, "Checkpoints kept in the run folder, the newest first", at_least(1));
  p("keep", keep, "Another name of keep_last, which it outweighs; 0: not used", at_least(0));
  p("keep_best", keep_best,
    "Metric such as segm/AP: the weights of the best evaluation so far are kept as checkpoints/best.safetensors");
}

void EarlyStopConfig::bind(ParamBinder& p) {
  p("metric", metric, "Metric such as segm/AP; empty: training never ends early");
  p("patience", patience, "Evaluations of the last phase in a row without a better value after which training ends",
    at_least(1));
}

void ExperimentConfig::bind(ParamBinder& p) {
  p("name", name, "Label of the run; the file's name by default");
  p("task", task, "What is trained", one_of(task_names()));
  p("seed", seed, "Seed of initial weights, order and augmentation", at_least(0));
  p("threads", threads,
    "Threads of LibTorch and BLAS; 0: as many as the machine has. Another number gives other roundings, so other "
    "weights",
    in(0, 1024));
  p("plugin_path", plugin_path,
    "More folders to search for plugins, which are programs that run; a relative one starts at this file's folder");
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
  p("checkpoint", checkpoint, "When to write checkpoints, and which to keep");
  p("early_stop", early_stop, "When to end before the schedule does; needs evaluation.every");
}

namespace {

constexpr std::size_t kMostPhases = 1000;  // each is a configuration of its own

/// One configuration by itself: the common part by its schema, then what belongs to the task.
ExperimentConfig read_one(const Node& root, const Catalog& catalog, Diagnostics& diagnostics) {
  ExperimentConfig config;
  read_params(root, config, "the experiment", &catalog, diagnostics);
  config.plugin_path.clear();  // absolute from here on: the configuration is written to other folders
  for (const fs::path& folder : plugin_folders(root, diagnostics)) config.plugin_path.push_back(folder.string());
  const Node* task = root.find("task");
  if (task == nullptr || is_task(task->text())) read_task_config(config, catalog, diagnostics);
  return config;
}

/// The entries of schedule.phases, broken ones as far as they can be read: a mistake in one hides none of the others.
std::vector<PhaseConfig> read_phases(const Node& root) {
  std::vector<PhaseConfig> phases;
  const Node* entries = root.find_path("schedule.phases");
  if (entries == nullptr || !entries->is_list()) return phases;
  for (const Node& entry : entries->items()) {
    Diagnostics told;  // with the rest of the schedule
    phases.emplace_back();
    read_params(entry, phases.back(), "a phase", nullptr, told);
  }
  return phases;
}

/// Whether the schedule's length is what the file says, not a default in place of a mistake.
bool has_good_epochs(const Node& root, const ScheduleConfig& schedule) {
  const Node* epochs = root.find_path("schedule.epochs");
  double written = 0;
  return epochs == nullptr || (epochs->as(written) && written == static_cast<double>(schedule.epochs));
}

void check_phase_order(const Node& root, const ScheduleConfig& schedule, const std::vector<PhaseConfig>& phases,
                       Diagnostics& diagnostics) {
  const Node* entries = root.find_path("schedule.phases");
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const std::int64_t until = phases[i].until;
    const Node* at = entries->items()[i].find("until");
    if (at == nullptr || until == 0) continue;  // already a finding
    if (until <= previous) {
      diagnostics.error(at->mark(), fmt::format("phase {} ends at epoch {}, but the one before it ends at {}", i + 1,
                                                until, previous));
    }
    if (i + 1 == phases.size() && until != schedule.epochs && has_good_epochs(root, schedule)) {
      diagnostics.error(at->mark(), fmt::format("the last phase ends at epoch {}, but schedule.epochs is {}; make them "
                                                "equal",
                                                until, schedule.epochs));
    }
    previous = until;
  }
}

/// What a phase may not change: it would make another run of it, not a phase of this one.
void check_phase_keys(const Node& set, Diagnostics& diagnostics) {
  for (const char* path : {"task", "seed", "name", "threads", "extends", "plugin_path", "early_stop", "schedule.epochs",
                           "schedule.phases", "model.backbone", "model.init", "data.num_classes", "data.train"}) {
    if (const Node* found = set.find_path(path)) {
      diagnostics.error(found->mark(), fmt::format("a phase cannot change '{}'", path));
    }
  }
}

bool is_map_at(const Node& node, const Mark& mark) {
  if (!node.is_map()) return false;
  if (to_string(node.mark()) == to_string(mark)) return true;
  return std::any_of(node.entries().begin(), node.entries().end(),
                     [&](const Node::Entry& entry) { return is_map_at(entry.value, mark); });
}

/// Whether a finding of a phase is one of the whole run, at another place: what a map lacks, it lacks in a phase too
/// that changes the map. An unknown key of a phase is a mistake of its own, even where the run has the same.
bool is_repeated(const Diagnostics::Finding& finding, const std::vector<Diagnostics::Finding>& of_run,
                 const Node& set) {
  const bool of_key = finding.message.rfind("unknown ", 0) == 0;
  return !of_key && is_map_at(set, finding.mark) &&
         std::any_of(of_run.begin(), of_run.end(), [&](const auto& other) { return other.message == finding.message; });
}

/// The configuration while a phase lasts.
ExperimentConfig read_phase(const Node& root, const Node& set, const Catalog& catalog, Diagnostics& diagnostics) {
  Node changed = root;
  merge(changed, set);
  Diagnostics all = diagnostics;
  ExperimentConfig config = read_one(changed, catalog, all);
  const std::vector<Diagnostics::Finding> before = diagnostics.findings();
  for (std::size_t i = before.size(); i < all.findings().size(); ++i) {
    const Diagnostics::Finding& finding = all.findings()[i];
    if (!is_repeated(finding, before, set)) diagnostics.error(finding.mark, finding.message, finding.code);
  }
  return config;
}

Phase make_phase(const Node& root, const PhaseConfig& phase, std::size_t index, std::int64_t begin,
                 const Catalog& catalog, Diagnostics& diagnostics) {
  Phase made;
  made.name = phase.name.empty() ? fmt::format("phase_{}", index + 1) : phase.name;
  made.begin = begin;
  made.end = phase.until;
  if (phase.set.is_map()) {
    check_phase_keys(phase.set, diagnostics);
    made.config = read_phase(root, phase.set, catalog, diagnostics);
  } else if (!is_unresolved(phase.set, diagnostics)) {
    diagnostics.error(phase.set.mark(), "'set' of a phase must be a map of what changes, such as {loss: {alpha: 0}}");
  }
  return made;
}

/// What keep_best and early_stop name: "segm/AP", a metric of the task.
void check_metric(const Node& root, const char* path, const std::string& metric, const std::string& task,
                  Diagnostics& diagnostics) {
  if (metric.empty() || is_metric(task, metric)) return;
  const Node* at = root.find_path(path);
  diagnostics.error(at != nullptr ? at->mark() : Mark{},
                    fmt::format("{}: '{}' is no metric of {}; write one as {}", path, metric, task,
                                task_metric_groups(task).front() + "/" + task_metrics(task).front()));
}

void check_metrics(const Node& root, const ExperimentConfig& config, Diagnostics& diagnostics) {
  if (!is_task(config.task)) return;
  check_metric(root, "checkpoint.keep_best", config.checkpoint.keep_best, config.task, diagnostics);
  check_metric(root, "early_stop.metric", config.early_stop.metric, config.task, diagnostics);
  if (config.early_stop.metric.empty() || config.evaluation.every > 0) return;
  const Node* at = root.find_path("early_stop.metric");
  diagnostics.error(at != nullptr ? at->mark() : Mark{},
                    "early_stop needs evaluations on the way: set evaluation.every to 1 or more");
}

}  // namespace

std::vector<fs::path> plugin_folders(const Node& root, Diagnostics& diagnostics) {
  std::vector<fs::path> folders;
  const Node* path = root.find("plugin_path");
  if (path == nullptr) return folders;
  for (const Node& item : path->items()) {
    if (!item.is_scalar() || is_unresolved(item, diagnostics)) continue;  // the schema tells what is no text
    const bool in_file = item.mark().line > 0;
    const fs::path start = in_file ? fs::path(*item.mark().file).parent_path() : fs::path();
    const fs::path folder = fs::absolute(start / item.text()).lexically_normal();
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) {
      folders.push_back(folder);
    } else {
      diagnostics.error(item.mark(),
                        fmt::format("plugin_path: there is no folder {}; correct or remove it", folder.string()));
    }
  }
  return folders;
}

ExperimentPlan read_experiment(const Node& root, const Catalog& catalog, Diagnostics& diagnostics) {
  ExperimentPlan plan;
  plan.config = read_one(root, catalog, diagnostics);
  const ScheduleConfig& schedule = plan.config.schedule;
  std::vector<PhaseConfig> phases = read_phases(root);
  check_phase_order(root, schedule, phases, diagnostics);
  check_metrics(root, plan.config, diagnostics);
  std::int64_t begin = 0;
  if (phases.size() > kMostPhases) {
    diagnostics.error(root.find_path("schedule.phases")->mark(), fmt::format("more than {} phases", kMostPhases));
    phases.clear();
  }
  for (std::size_t i = 0; i < phases.size(); ++i) {
    plan.phases.push_back(make_phase(root, phases[i], i, begin, catalog, diagnostics));
    begin = phases[i].until;
  }
  if (plan.phases.empty()) plan.phases.push_back(Phase{"train", 0, schedule.epochs, plan.config});
  plan.resolved = with_marks_of(dump_params(plan.config), root);
  return plan;
}

void set_threads(ExperimentPlan& plan, std::int64_t threads) {
  if (plan.config.threads == threads) return;
  plan.config.threads = threads;
  for (Phase& phase : plan.phases) phase.config.threads = threads;
  Node number = Node::of(threads);
  number.set_mark({std::make_shared<const std::string>("<this machine>"), 0, 0});
  plan.resolved.set("threads", std::move(number));
}

std::string default_name(const fs::path& file, const std::vector<fs::path>& roots) {
  for (const fs::path& root : roots) {
    std::error_code failure;
    const fs::path inside = fs::relative(file, root, failure).replace_extension();
    if (failure || inside.empty() || *inside.begin() == "..") continue;
    std::string name = inside.generic_string();
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
  }
  return file.stem().string();
}

ExperimentPlan read_plan(Node root, const std::string& source, const Catalog& catalog, Diagnostics& diagnostics) {
  if (const Node* axes = root.find("axes")) {
    Diagnostics matrix;
    matrix.error(axes->mark(), fmt::format("this is a matrix of experiments: longtail matrix {}", source));
    matrix.throw_if_any();
  }
  if (root.find("name") == nullptr) {
    const std::string stem = fs::path(source).stem().string();
    if (!is_utf8(stem)) diagnostics.error(root.mark(), "the file's name is no UTF-8: give the experiment a 'name'");
    root.set("name", Node::of(visible(stem)));
  }
  return read_experiment(root, catalog, diagnostics);
}

}  // namespace longtail

#include "core/engine/task.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/engine/classification_task.h"
#include "core/engine/experiment_config.h"
#include "core/engine/instance_segmentation_task.h"
#include "registry/text/affixes.h"

namespace longtail {
namespace {

struct TaskKind {
  const char* name;
  void (*read_config)(ExperimentConfig&, const Catalog&, Diagnostics&);
  std::vector<std::string> (*missing_inputs)(const ExperimentConfig&);
  std::string (*data_fingerprint)(const ExperimentConfig&);
  DataPaths (*data_paths)(const ExperimentConfig&);
  std::unique_ptr<Task> (*make)(const ExperimentConfig&, const TaskContext&);
  std::vector<std::string> columns;  // of a table, in the field's order
  std::vector<std::string> groups;   // of its metrics
  std::vector<std::string> metrics;
};

const std::array<TaskKind, 2> kKinds = {{
    {"classification",
     read_classification_config,
     missing_classification_inputs,
     classification_data_fingerprint,
     classification_data_paths,
     make_classification_task,
     {"many", "medium", "few", "overall"},
     {"accuracy"},
     {"overall", "many", "medium", "few", "class_mean"}},
    {"instance_segmentation",
     read_instance_segmentation_config,
     missing_instance_segmentation_inputs,
     instance_segmentation_fingerprint,
     instance_segmentation_data_paths,
     make_instance_segmentation_task,
     {"AP", "APr", "APc", "APf", "APb"},
     {"segm", "bbox"},
     {"AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf"}},
}};

/// An unknown name has been refused when the configuration was read.
const TaskKind& kind_of(const std::string& name) {
  return *std::find_if(kKinds.begin(), kKinds.end(), [&](const TaskKind& kind) { return name == kind.name; });
}
const TaskKind& kind_of(const ExperimentConfig& config) { return kind_of(config.task); }

using Warn = std::function<void(const std::string&)>;

/// Says each thing once: a calibration is made anew for every evaluation and would repeat what it has to say.
Warn once(Warn warn) {
  if (!warn) return warn;
  return [warn = std::move(warn), told = std::make_shared<std::set<std::string>>()](const std::string& text) {
    if (told->insert(text).second) warn(text);
  };
}

}  // namespace

Task::~Task() = default;

std::vector<MosaicTile> Task::sample_pictures(std::int64_t) const { return {}; }

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskKind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

bool is_task(const std::string& name) {
  const std::vector<std::string> names = task_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

const std::vector<std::string>& task_columns(const std::string& task) { return kind_of(task).columns; }

const std::vector<std::string>& task_metric_groups(const std::string& task) { return kind_of(task).groups; }

const std::vector<std::string>& task_metrics(const std::string& task) { return kind_of(task).metrics; }

bool is_metric(const std::string& task, const std::string& metric) {
  const std::size_t slash = metric.find('/');
  if (slash == std::string::npos) return false;
  const std::string group = metric.substr(0, slash), name = metric.substr(slash + 1);
  const auto among = [](const std::vector<std::string>& names, const std::string& one) {
    return std::find(names.begin(), names.end(), one) != names.end();
  };
  const TaskKind& kind = kind_of(task);
  const bool recall = among(kind.metrics, "AP") && starts_with(name, "AR");
  return among(kind.groups, group) && (recall || among(kind.metrics, name));
}

double metric_of(const Metrics& metrics, const std::string& name) {
  const std::size_t slash = name.find('/');
  const auto group = metrics.find(name.substr(0, slash));
  if (group == metrics.end() || slash == std::string::npos) return -1;
  const auto value = group->second.find(name.substr(slash + 1));
  return value == group->second.end() ? -1 : value->second;
}

void read_task_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics) {
  kind_of(config).read_config(config, catalog, diagnostics);
}

std::vector<std::string> missing_inputs(const ExperimentConfig& config) {
  return kind_of(config).missing_inputs(config);
}

std::string data_fingerprint(const ExperimentConfig& config) { return kind_of(config).data_fingerprint(config); }

DataPaths data_paths(const ExperimentConfig& config) { return kind_of(config).data_paths(config); }

std::unique_ptr<Task> make_task(const ExperimentConfig& config, const TaskContext& context) {
  TaskContext own = context;
  own.warn = once(context.warn);
  return kind_of(config).make(config, own);
}

}  // namespace longtail

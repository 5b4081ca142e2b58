#include "core/engine/task.h"

#include <algorithm>

#include "core/engine/classification_task.h"
#include "core/engine/experiment_config.h"

namespace longtail {

Task::~Task() = default;

std::vector<std::string> task_names() { return {"classification"}; }

bool is_task(const std::string& name) {
  const std::vector<std::string> names = task_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

void read_task_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics) {
  read_classification_config(config, catalog, diagnostics);
}

std::vector<std::string> missing_inputs(const ExperimentConfig& config) { return missing_classification_inputs(config); }

std::string data_fingerprint(const ExperimentConfig& config) { return classification_data_fingerprint(config); }

std::unique_ptr<Task> make_task(const ExperimentConfig& config, const TaskContext& context) {
  return make_classification_task(config, context);
}

}  // namespace longtail

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/task.h"

namespace longtail {

void read_classification_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics);
std::vector<std::string> missing_classification_inputs(const ExperimentConfig& config);
std::string classification_data_fingerprint(const ExperimentConfig& config);
DataPaths classification_data_paths(const ExperimentConfig& config);
/// Throws DataError for lists and images, ConfigError for parts that do not fit each other.
std::unique_ptr<Task> make_classification_task(const ExperimentConfig& config, const TaskContext& context);

}  // namespace longtail

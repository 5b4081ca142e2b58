#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/task.h"

namespace longtail {

// Mask R-CNN on LVIS- or COCO-format data.

void read_instance_segmentation_config(ExperimentConfig& config, const Catalog& catalog, Diagnostics& diagnostics);
std::vector<std::string> missing_instance_segmentation_inputs(const ExperimentConfig& config);
std::string instance_segmentation_fingerprint(const ExperimentConfig& config);
DataPaths instance_segmentation_data_paths(const ExperimentConfig& config);
std::unique_ptr<Task> make_instance_segmentation_task(const ExperimentConfig& config, const TaskContext& context);

}  // namespace longtail

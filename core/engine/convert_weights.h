#pragma once

#include <filesystem>
#include <string>

#include <longtail/catalog.h>

#include "core/engine/experiment_config.h"
#include "core/io/weights.h"

namespace longtail {

/// Fits another program's weights into the model of an experiment and writes them as `out` (safetensors), with the
/// names and all tensors that the model has. `key` as in read_weights(). The report says what matched; what the file
/// lacks keeps its initial value.
WeightReport convert_weights(const ExperimentPlan& plan, const Catalog& catalog, const std::filesystem::path& file,
                             const std::string& key, const std::filesystem::path& out);

}  // namespace longtail

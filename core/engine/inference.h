#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <longtail/catalog.h>

#include "core/engine/experiment_config.h"
#include "core/engine/task.h"

namespace longtail {

// What is done with weights after training. Of a run's configuration its last phase counts.

struct InferenceOptions {
  std::string weights;  // a weights file, or a run folder: its newest checkpoint
  std::string key;      // which of the weights in a file; see read_weights()
  std::string device = "auto";
  std::int64_t limit_batches = 0;
};

/// Throws DataError for weights that do not fit the model.
Metrics evaluate(const ExperimentPlan& plan, const Catalog& catalog, const InferenceOptions& options,
                 EvaluationRequest request);
void predict(const ExperimentPlan& plan, const Catalog& catalog, const InferenceOptions& options,
             PredictRequest request);

/// "accuracy: many 71.20 medium 50.10 ...", in percent and in the order of the usual tables; `between` parts the
/// groups.
std::string format_metrics(const Metrics& metrics, std::string_view between = "  ");

}  // namespace longtail

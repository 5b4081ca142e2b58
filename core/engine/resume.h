#pragma once

#include <string>

#include <longtail/catalog.h>

#include "core/engine/experiment_config.h"
#include "core/engine/run_folder.h"

namespace longtail {

/// Whether a run may be gone on with by the configuration of today. What changes no result may differ, and
/// schedule.epochs may have grown: then this returns what is new, one line ("" where nothing is). ConfigError with the
/// differences and their places for anything else, and for a longer schedule that would have given epochs that are
/// trained another learning rate or other settings.
std::string check_same_run(const RunFolder& folder, const EarlierRun& earlier, const ExperimentPlan& now,
                           const Catalog& catalog);

}  // namespace longtail

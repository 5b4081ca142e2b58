#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <longtail/params.h>

namespace longtail {

/// How the learning rate changes over the run: linear warm-up, then steps, a cosine or nothing. Milestones count in
/// epochs of the whole run, warm-up in epochs or in iterations.
struct LearningRateConfig {
  std::string decay = "multi_step";  // not `type`: changing it must not reset the rest of the schedule
  std::vector<std::int64_t> milestones;
  double gamma = 0.1;
  double warmup_epochs = 0;
  std::int64_t warmup_iterations = 0;
  double warmup_factor = 0.001;
  void bind(ParamBinder& p);
};

/// Where training stands, in epochs and in iterations.
struct Progress {
  std::int64_t epoch = 0;                 // from 0
  std::int64_t iteration = 0;             // from 0, over the whole run
  std::int64_t iteration_in_epoch = 0;    // from 0
  std::int64_t iterations_per_epoch = 1;  // of this epoch
};

/// The factor by which the base learning rate is multiplied at this iteration. `total_epochs` matters to the cosine.
double learning_rate_factor(const LearningRateConfig& config, const Progress& progress, std::int64_t total_epochs);

}  // namespace longtail

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/engine/schedule.h"
#include "core/engine/task.h"

namespace longtail {

class Trainer;

inline constexpr std::int64_t kLogSteps = 10;  // one line of metrics.jsonl averages so many steps

/// What one update did.
struct StepRecord {
  Progress progress;
  std::vector<std::pair<std::string, double>> losses;
  double total_loss = 0;
  double learning_rate = 0;
  double gradient_norm = -1;  // -1 where it was not computed
  double data_seconds = 0;    // waiting for batches
  double step_seconds = 0;    // all of it
};

/// Something that happens around the training loop. Hooks run in the order in which they were added.
class Hook {
 public:
  virtual ~Hook();
  /// Not called for a step of which no picture could be read.
  virtual void after_step(Trainer&, const StepRecord&) {}
  virtual void after_epoch(Trainer&) {}
  /// Training stops before its end on request (a signal); the state may be saved.
  virtual void on_interrupt(Trainer&) {}
};

}  // namespace longtail

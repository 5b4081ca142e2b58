#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/engine/experiment_config.h"
#include "core/engine/hook.h"
#include "core/engine/optimizer.h"
#include "core/engine/schedule.h"
#include "core/engine/task.h"

namespace longtail {

/// The loop: epochs of steps between hooks. Where it starts is set by `progress`, so that a run that was stopped
/// goes on in the middle of an epoch.
class Trainer {
 public:
  Trainer(Task& task, Sgd& optimizer, const ExperimentConfig& config);

  void add_hook(std::shared_ptr<Hook> hook) { hooks_.push_back(std::move(hook)); }

  /// Trains up to (not including) `end_epoch`, or until finish(). Throws DivergedError when a loss or gradient is not
  /// finite, and Error(interrupted) after stop_requested().
  void run(std::int64_t end_epoch);

  Task& task() { return task_; }
  Sgd& optimizer() { return optimizer_; }
  const ExperimentConfig& config() const { return config_; }
  /// Batches whose gradients make one step of this epoch.
  std::int64_t batches_per_step() const { return batches_per_step_; }
  /// Of the next step. After an epoch: of the first step of the next one.
  Progress progress;
  double train_seconds = 0;  // spent in steps

  /// Ends run() after the epoch under way, or before the first one.
  void finish() { finished_ = true; }

  /// Set by a signal handler: stop after the step under way.
  static std::atomic<bool>& stop_requested();
  /// True once the loop has seen that: the step under way has ended.
  static std::atomic<bool>& stop_seen();
  /// Grows with each picture of an evaluation: one under way is slow, not stuck.
  static std::atomic<unsigned>& signs_of_life();

 private:
  void run_epoch();
  void stop_if_requested();
  void tell_step(const StepRecord& record);
  void tell_epoch();
  void save_without(const Hook* failed);
  StepRecord run_step_telling_place();
  StepRecord run_step();
  void accumulate_gradients(StepRecord& record);
  void measure_gradients(StepRecord& record);
  void record_losses(const NamedLosses& losses, double share, StepRecord& record);
  [[noreturn]] void refuse(const std::string& term, double value, const StepRecord& record);

  Task& task_;
  Sgd& optimizer_;
  const ExperimentConfig& config_;
  std::int64_t batches_per_step_ = 1;  // of this epoch
  bool finished_ = false;
  std::vector<std::shared_ptr<Hook>> hooks_;
};

}  // namespace longtail

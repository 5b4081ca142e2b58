#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "core/engine/checkpoint.h"
#include "core/engine/console.h"
#include "core/engine/hook.h"
#include "core/engine/metrics_log.h"
#include "core/engine/run_folder.h"
#include "core/engine/tensorboard.h"
#include "core/engine/weight_average.h"

namespace longtail {

/// Progress line, metrics.jsonl and TensorBoard scalars.
class LogHook final : public Hook {
 public:
  LogHook(Console& console, MetricsLog& metrics, TensorBoard& board)
      : console_(console), metrics_(metrics), board_(board) {}
  void after_step(Trainer& trainer, const StepRecord& record) override;
  void after_epoch(Trainer& trainer) override;
  void on_interrupt(Trainer& trainer) override;

 private:
  void show(const Trainer& trainer, const StepRecord& record);
  void flush();

  Console& console_;
  MetricsLog& metrics_;
  TensorBoard& board_;
  StepRecord window_;  // sums since the last flush
  std::int64_t steps_ = 0;
  std::int64_t epoch_steps_ = 0;
  double epoch_loss_ = 0;
  double epoch_seconds_ = 0;
  double mean_step_seconds_ = 0;
};

/// Keeps the average of the weights up to date.
class AverageHook final : public Hook {
 public:
  explicit AverageHook(WeightAverage& average) : average_(average) {}
  void after_step(Trainer&, const StepRecord&) override { average_.update(); }

 private:
  WeightAverage& average_;
};

/// Calls `evaluate` after every so many epochs, but not after the run's last one, which is evaluated anyway.
class EvaluationHook final : public Hook {
 public:
  explicit EvaluationHook(std::function<void(const Progress&)> evaluate) : evaluate_(std::move(evaluate)) {}
  void after_epoch(Trainer& trainer) override;

 private:
  std::function<void(const Progress&)> evaluate_;
};

/// Writes the state after every so many epochs, at the end of the phase and when the run is interrupted.
class CheckpointHook final : public Hook {
 public:
  CheckpointHook(std::filesystem::path folder, std::int64_t phase_end, std::function<TrainingState()> state)
      : folder_(std::move(folder)), phase_end_(phase_end), state_(std::move(state)) {}
  void after_epoch(Trainer& trainer) override;
  void on_interrupt(Trainer& trainer) override;

 private:
  void save(const Trainer& trainer);

  std::filesystem::path folder_;
  std::int64_t phase_end_;
  std::function<TrainingState()> state_;
};

}  // namespace longtail

#include "core/engine/hooks.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/engine/trainer.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

/// "123 ms/step", "123 ms/step of 4 batches".
std::string step_text(double seconds, std::int64_t batches) {
  const std::string text = fmt::format("{:.0f} ms/step", 1e3 * seconds);
  return batches == 1 ? text : fmt::format("{} of {} batches", text, batches);
}

double remaining_seconds(const Trainer& trainer, const StepRecord& record, double seconds_a_step) {
  const std::int64_t steps = trainer.config().schedule.epochs * record.progress.iterations_per_epoch;
  return static_cast<double>(std::max<std::int64_t>(0, steps - trainer.progress.iteration)) * seconds_a_step;
}

}  // namespace

void LogHook::after_step(Trainer& trainer, const StepRecord& record) {
  if (steps_ == 0) {
    window_ = record;
  } else {
    for (std::size_t i = 0; i < record.losses.size(); ++i) window_.losses[i].second += record.losses[i].second;
    window_.total_loss += record.total_loss;
    window_.data_seconds += record.data_seconds;
    window_.step_seconds += record.step_seconds;
    window_.progress = record.progress;
    window_.learning_rate = record.learning_rate;
    if (record.gradient_norm >= 0) window_.gradient_norm = record.gradient_norm;
  }
  ++steps_;
  ++epoch_steps_;
  epoch_loss_ += record.total_loss;
  epoch_seconds_ += record.step_seconds;
  mean_step_seconds_ =
      mean_step_seconds_ == 0 ? record.step_seconds : 0.95 * mean_step_seconds_ + 0.05 * record.step_seconds;
  show(trainer, record);
  if (steps_ == kLogSteps) flush();
}

void LogHook::show(const Trainer& trainer, const StepRecord& record) {
  const auto done = record.progress.iteration_in_epoch + 1;
  const double share = static_cast<double>(done) / static_cast<double>(record.progress.iterations_per_epoch);
  // What matters most comes first: a narrow terminal cuts the end.
  console_.progress(fmt::format(
      "epoch {}/{} {} {}/{}  eta {}  {} (data {:.0f})  {:.1f} GB  loss {:.4f}  lr {:.3g}", record.progress.epoch + 1,
      trainer.config().schedule.epochs, progress_bar(share, terminal_width() < 110 ? 8 : 20), done,
      record.progress.iterations_per_epoch, format_duration(remaining_seconds(trainer, record, mean_step_seconds_)),
      step_text(mean_step_seconds_, trainer.batches_per_step()), 1e3 * record.data_seconds,
      static_cast<double>(resident_memory()) / 1e9, record.total_loss, record.learning_rate));
}

void LogHook::flush() {
  if (steps_ == 0) return;
  const double count = static_cast<double>(steps_);
  for (auto& [name, value] : window_.losses) value /= count;
  window_.total_loss /= count;
  window_.data_seconds /= count;
  window_.step_seconds /= count;
  metrics_.train(window_);
  const std::int64_t step = window_.progress.iteration + 1;
  board_.scalar("train/loss", window_.total_loss, step);
  for (const auto& [name, value] : window_.losses) board_.scalar("train/" + name, value, step);
  board_.scalar("train/learning_rate", window_.learning_rate, step);
  if (window_.gradient_norm >= 0) board_.scalar("train/gradient_norm", window_.gradient_norm, step);
  board_.flush();
  steps_ = 0;
}

void LogHook::after_epoch(Trainer& trainer) {
  flush();
  const double steps = static_cast<double>(std::max<std::int64_t>(1, epoch_steps_));  // fewer after a resume
  console_.line(fmt::format("epoch {}/{}  loss {:.4f}  {} ({}, mean of {})", trainer.progress.epoch,
                            trainer.config().schedule.epochs, epoch_loss_ / steps, format_duration(epoch_seconds_),
                            step_text(epoch_seconds_ / steps, trainer.batches_per_step()),
                            counted(epoch_steps_, "step")));
  epoch_steps_ = 0;
  epoch_loss_ = 0;
  epoch_seconds_ = 0;
}

/// The steps since the last line are trained: what goes on from here will not log them.
void LogHook::on_interrupt(Trainer&) { flush(); }

void EvaluationHook::after_epoch(Trainer& trainer) {
  const std::int64_t every = trainer.config().evaluation.every;
  const bool last = trainer.progress.epoch == trainer.config().schedule.epochs;
  if (every > 0 && !last && trainer.progress.epoch % every == 0) evaluate_(trainer.progress);
}

void CheckpointHook::after_epoch(Trainer& trainer) {
  const bool due = trainer.progress.epoch % trainer.config().checkpoint.every == 0;
  if (due || trainer.progress.epoch == phase_end_) save(trainer);
}

void CheckpointHook::on_interrupt(Trainer& trainer) { save(trainer); }

void CheckpointHook::save(const Trainer& trainer) {
  const TrainingState state = state_();
  for (const auto& [name, tensor] : state.weights) {
    // A run could never go on from such a checkpoint, and the good one before it would be pruned in time.
    if (!tensor.is_floating_point() || at::isfinite(tensor).all().item<bool>()) continue;
    throw DivergedError(
        fmt::format("epoch {}: {} is not finite any more; --resume goes on from the checkpoint before, but a "
                    "lower learning_rate is needed",
                    trainer.progress.epoch, name));
  }
  save_checkpoint(folder_, checkpoint_stem(trainer.progress), state);
  prune_checkpoints(folder_, trainer.config().checkpoint.kept());
}

}  // namespace longtail

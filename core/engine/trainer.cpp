#include "core/engine/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <new>

#include <ATen/Context.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/trainable.h"
#include "core/system/torch_error.h"
#include "registry/text/several_lines.h"

namespace longtail {
namespace {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Randomness inside a step (dropout) depends on where the step stands, so a resumed run draws the same numbers.
void seed_step(std::int64_t seed, std::int64_t iteration) {
  at::manual_seed(static_cast<std::uint64_t>(seed) * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(iteration));
}

/// What LibTorch's words about the graph of an earlier step come from.
const char* hint_about(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  if (text.find("backward through the graph a second time") == std::string::npos) return "";
  return "; a loss or another part updates its state with gradient, and `longtail plugins check FILE` tells which";
}

}  // namespace

Hook::~Hook() = default;

std::atomic<bool>& Trainer::stop_requested() {
  static std::atomic<bool> requested{false};
  return requested;
}

std::atomic<bool>& Trainer::stop_seen() {
  static std::atomic<bool> seen{false};
  return seen;
}

std::atomic<unsigned>& Trainer::signs_of_life() {
  static std::atomic<unsigned> signs{0};
  return signs;
}

Trainer::Trainer(Task& task, Sgd& optimizer, const ExperimentConfig& config)
    : task_(task), optimizer_(optimizer), config_(config) {}

void Trainer::run(std::int64_t end_epoch) {
  while (progress.epoch < end_epoch && !finished_) run_epoch();
}

void Trainer::run_epoch() {
  const std::int64_t accumulate = config_.optimizer.accumulate;
  const std::int64_t batches = task_.start_epoch(progress.epoch, progress.iteration_in_epoch * accumulate);
  if (batches == 0) {
    throw DataError("an epoch has no whole batch; use a smaller batch_size or loader.drop_last: false");
  }
  // An epoch of few batches is one update of all of them.
  batches_per_step_ = std::min(accumulate, batches);
  progress.iterations_per_epoch = batches / batches_per_step_;
  set_training_mode(task_.model());
  while (progress.iteration_in_epoch < progress.iterations_per_epoch) {
    stop_if_requested();
    const StepRecord record = run_step_telling_place();
    ++progress.iteration;
    ++progress.iteration_in_epoch;
    if (record.losses.empty()) continue;  // no picture could be read: nothing was learned
    tell_step(record);
  }
  ++progress.epoch;
  progress.iteration_in_epoch = 0;
  tell_epoch();
}

void Trainer::stop_if_requested() {
  if (!stop_requested()) return;
  stop_seen() = true;
  for (auto& hook : hooks_) hook->on_interrupt(*this);
  throw Error(ExitCode::interrupted, "interrupted; the same command with --resume goes on from here");
}

/// All hooks hear of a step, so that what they keep belongs to the same moment when one of them fails.
void Trainer::tell_step(const StepRecord& record) {
  std::exception_ptr error;
  const Hook* failed = nullptr;
  for (auto& hook : hooks_) {
    try {
      hook->after_step(*this, record);
    } catch (const std::exception&) {
      if (!error) failed = hook.get();
      if (!error) error = std::current_exception();
    }
  }
  if (!error) return;
  save_without(failed);
  std::rethrow_exception(error);
}

void Trainer::tell_epoch() {
  for (auto& hook : hooks_) {
    try {
      hook->after_epoch(*this);
    } catch (const DivergedError&) {
      throw;  // nothing to keep
    } catch (const std::exception&) {
      save_without(hook.get());
      throw;
    }
  }
}

/// A log that cannot be written, or an evaluation that fails, shall not cost what has been trained.
void Trainer::save_without(const Hook* failed) {
  for (auto& hook : hooks_) {
    if (hook.get() == failed) continue;
    try {
      hook->on_interrupt(*this);
    } catch (const std::exception&) {
      // The first error is the one to tell.
    }
  }
}

/// What goes wrong outside of longtail is at least told with its place.
StepRecord Trainer::run_step_telling_place() {
  const auto place = [&] { return fmt::format("epoch {}, iteration {}", progress.epoch + 1, progress.iteration); };
  try {
    return run_step();
  } catch (const PluginError& error) {
    throw_like<PluginError>(error, fmt::format("{}: {}", place(), error.what()));
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const c10::Error& error) {
    throw Error(ExitCode::other, fmt::format("{}: {}{}", place(), message_of(error), hint_about(error)));
  } catch (const std::exception& error) {
    throw Error(ExitCode::other, fmt::format("{}: {}", place(), error.what()));
  }
}

StepRecord Trainer::run_step() {
  const Stopwatch all;
  StepRecord record;
  record.progress = progress;
  record.learning_rate =
      config_.optimizer.learning_rate * learning_rate_factor(config_.schedule.rate, progress, config_.schedule.epochs);
  seed_step(config_.seed, progress.iteration);
  optimizer_.zero_grad();
  accumulate_gradients(record);
  if (record.losses.empty()) return record;  // nothing could be read
  measure_gradients(record);
  optimizer_.step(record.learning_rate);
  record.step_seconds = all.seconds();
  train_seconds += record.step_seconds;
  return record;
}

/// Clips where that is asked for; otherwise the norm is for the log, and its cost for the steps that log it.
void Trainer::measure_gradients(StepRecord& record) {
  const bool clips = config_.optimizer.clip_norm > 0;
  const std::int64_t steps = record.progress.iteration_in_epoch + 1;
  if (!clips && steps % kLogSteps != 0 && steps != record.progress.iterations_per_epoch) return;
  record.gradient_norm = clips ? optimizer_.clip_gradients() : optimizer_.gradient_norm();
  if (std::isfinite(record.gradient_norm)) return;
  throw DivergedError(
      fmt::format("epoch {}, iteration {}: the gradient is not finite though the loss is ({:.4g}); "
                  "try a lower learning_rate than {:.4g}",
                  record.progress.epoch + 1, record.progress.iteration, record.total_loss, record.learning_rate));
}

void Trainer::accumulate_gradients(StepRecord& record) {
  const std::int64_t batches = batches_per_step_;
  const double share = 1.0 / static_cast<double>(batches);
  for (std::int64_t i = 0; i < batches; ++i) {
    const Stopwatch waiting;
    const bool has_images = task_.next_batch();
    record.data_seconds += waiting.seconds();
    if (!has_images) continue;
    const NamedLosses losses = task_.losses();
    Tensor total;
    for (const auto& [name, value] : losses) total = total.defined() ? total + value : value;
    (batches > 1 ? total * share : total).backward();
    record_losses(losses, share, record);
  }
}

void Trainer::record_losses(const NamedLosses& losses, double share, StepRecord& record) {
  if (record.losses.empty()) {
    for (const auto& named : losses) record.losses.emplace_back(named.first, 0.0);
  }
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const double value = losses[i].second.item<double>();
    if (!std::isfinite(value)) refuse(losses[i].first, value, record);
    record.losses[i].second += value * share;
    record.total_loss += value * share;
  }
}

void Trainer::refuse(const std::string& term, double value, const StepRecord& record) {
  if (record.progress.iteration == 0) {
    throw DivergedError(
        fmt::format("epoch 1, iteration 0: {} is {} on {}, before anything was learned: the loss itself, the "
                    "initial weights or the pictures give it",
                    term, value, fmt::join(task_.suspect_samples(), ", ")));
  }
  throw DivergedError(
      fmt::format("epoch {}, iteration {}: {} is {} on {}; learning rate {:.4g}. Lower it, lengthen the warm-up or set "
                  "optimizer.clip_norm",
                  record.progress.epoch + 1, record.progress.iteration, term, value,
                  fmt::join(task_.suspect_samples(), ", "), record.learning_rate));
}

}  // namespace longtail

#include "core/engine/schedule.h"

#include <algorithm>
#include <cmath>

namespace longtail {
namespace {

constexpr double kPi = 3.14159265358979323846;

double warmup(const LearningRateConfig& config, const Progress& progress) {
  const double iterations = config.warmup_iterations > 0
                                ? static_cast<double>(config.warmup_iterations)
                                : config.warmup_epochs * static_cast<double>(progress.iterations_per_epoch);
  const double done = static_cast<double>(progress.iteration);
  if (done >= iterations) return 1.0;
  return 1.0 - (1.0 - done / iterations) * (1.0 - config.warmup_factor);
}

double multi_step(const LearningRateConfig& config, std::int64_t epoch) {
  const auto passed = std::count_if(config.milestones.begin(), config.milestones.end(),
                                    [epoch](std::int64_t milestone) { return epoch >= milestone; });
  return std::pow(config.gamma, static_cast<double>(passed));
}

/// One cosine over the whole run, by iterations.
double cosine(const Progress& progress, std::int64_t total_epochs) {
  const double epoch = static_cast<double>(progress.epoch) +
                       static_cast<double>(progress.iteration_in_epoch) /
                           static_cast<double>(std::max<std::int64_t>(progress.iterations_per_epoch, 1));
  return 0.5 * (1.0 + std::cos(kPi * epoch / static_cast<double>(std::max<std::int64_t>(total_epochs, 1))));
}

}  // namespace

void LearningRateConfig::bind(ParamBinder& p) {
  p("decay", decay, "Shape after the warm-up", one_of({"multi_step", "cosine", "constant"}));
  p("milestones", milestones, "Epochs after which the rate is multiplied by gamma", at_least(0));
  p("gamma", gamma, "Factor at each milestone", in(0, 1));
  p("warmup_epochs", warmup_epochs, "Length of the linear warm-up in epochs", at_least(0));
  p("warmup_iterations", warmup_iterations, "Length of the linear warm-up in iterations; used instead of warmup_epochs",
    at_least(0));
  p("warmup_factor", warmup_factor, "Share of the learning rate that the warm-up starts from", in(0, 1));
}

double learning_rate_factor(const LearningRateConfig& config, const Progress& progress, std::int64_t total_epochs) {
  double factor = 1.0;
  if (config.decay == "multi_step") factor = multi_step(config, progress.epoch);
  if (config.decay == "cosine") factor = cosine(progress, total_epochs);
  return factor * warmup(config, progress);
}

}  // namespace longtail

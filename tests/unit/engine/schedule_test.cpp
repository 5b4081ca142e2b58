#include "core/engine/schedule.h"

#include <gtest/gtest.h>

namespace longtail {
namespace {

Progress at(std::int64_t epoch, std::int64_t step, std::int64_t steps_per_epoch = 100) {
  return Progress{epoch, epoch * steps_per_epoch + step, step, steps_per_epoch};
}

TEST(Schedule, MultiStepMultipliesByGammaAtEachMilestone) {
  LearningRateConfig config;
  config.milestones = {16, 22};
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(0, 0), 24), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(15, 99), 24), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(16, 0), 24), 0.1);
  EXPECT_NEAR(learning_rate_factor(config, at(22, 0), 24), 0.01, 1e-15);
}

// The LVIS recipe: 500 iterations from 0.001. mmdetection: factor 1 - (1 - i / 500) * (1 - 0.001).
TEST(Schedule, WarmsUpLinearlyByIterations) {
  LearningRateConfig config;
  config.warmup_iterations = 500;
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(0, 0), 24), 0.001);
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(2, 50), 24), 0.5005);
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(5, 0), 24), 1.0);
}

TEST(Schedule, WarmsUpLinearlyByEpochs) {
  LearningRateConfig config;
  config.warmup_epochs = 5;
  config.warmup_factor = 0;
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(0, 0), 90), 0.0);
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(2, 50), 90), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(5, 0), 90), 1.0);
}

TEST(Schedule, CosineEndsAtZero) {
  LearningRateConfig config;
  config.decay = "cosine";
  EXPECT_DOUBLE_EQ(learning_rate_factor(config, at(0, 0), 10), 1.0);
  EXPECT_NEAR(learning_rate_factor(config, at(5, 0), 10), 0.5, 1e-15);
  EXPECT_LT(learning_rate_factor(config, at(9, 99), 10), 1e-4);
}

}  // namespace
}  // namespace longtail

#include "core/engine/trainer.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <longtail/error.h>

#include "core/engine/hooks.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using testing::ElementsAre;

struct OneWeight : Module {
  OneWeight() { weight = register_parameter("weight", at::ones({1})); }
  Tensor weight;
};

/// Steps of a loss of 2; of the batches named in `unreadable` no picture can be read.
class SmallTask final : public Task {
 public:
  explicit SmallTask(std::int64_t batches, std::set<std::int64_t> unreadable = {})
      : batches_(batches), unreadable_(std::move(unreadable)) {}

  Module& model() override { return model_; }
  const std::vector<std::string>& train_only() const override { return everything_; }
  std::int64_t start_epoch(std::int64_t, std::int64_t first_batch) override {
    next_ = first_batch;
    return batches_;
  }
  bool next_batch() override { return unreadable_.count(next_++) == 0; }
  NamedLosses losses() override { return {{"loss_cls", (model_.weight * 0 + 2).sum()}}; }
  std::vector<std::string> suspect_samples() const override { return {}; }
  Metrics evaluate(const EvaluationRequest&) override { return {}; }
  void predict(const PredictRequest&) override {}
  void check() const override {}
  std::string summary() const override { return ""; }

 private:
  OneWeight model_;
  std::vector<std::string> everything_;
  std::int64_t batches_, next_ = 0;
  std::set<std::int64_t> unreadable_;
};

class CountSteps final : public Hook {
 public:
  void after_step(Trainer&, const StepRecord& record) override { iterations.push_back(record.progress.iteration); }
  std::vector<std::int64_t> iterations;
};

class TrainerTest : public testing::Test {
 protected:
  /// Trains one epoch and returns the lines of metrics.jsonl.
  std::vector<nlohmann::json> train(SmallTask& task) {
    ExperimentConfig config;
    config.schedule.epochs = 1;
    Sgd optimizer(config.optimizer, {});
    Trainer trainer(task, optimizer, config);
    Console console;
    {
      MetricsLog metrics(folder_.path() / "metrics.jsonl", 0);
      TensorBoard board(folder_.path());
      trainer.add_hook(std::make_shared<LogHook>(console, metrics, board));
      trainer.add_hook(counter_);
      trainer.run(1);
    }
    std::vector<nlohmann::json> lines;
    std::ifstream stream(folder_.path() / "metrics.jsonl");
    for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  test::TemporaryFolder folder_;
  std::shared_ptr<CountSteps> counter_ = std::make_shared<CountSteps>();
};

/// Fails after the third step, or after the epoch, as a log does whose disk is full.
class FullDisk final : public Hook {
 public:
  explicit FullDisk(bool at_step) : at_step_(at_step) {}
  void after_step(Trainer&, const StepRecord& record) override {
    if (at_step_ && record.progress.iteration == 2) throw Error(ExitCode::other, "the disk is full");
  }
  void after_epoch(Trainer&) override {
    if (!at_step_) throw Error(ExitCode::other, "the disk is full");
  }
  void on_interrupt(Trainer&) override { ++saved; }
  int saved = 0;

 private:
  bool at_step_;
};

class Saves final : public Hook {
 public:
  void on_interrupt(Trainer& trainer) override { at.push_back(trainer.progress.iteration); }
  std::vector<std::int64_t> at;
};

TEST_F(TrainerTest, WhatWasTrainedIsSavedWhenALogCannotBeWritten) {
  for (const bool at_step : {true, false}) {
    SmallTask task(5);
    ExperimentConfig config;
    config.schedule.epochs = 1;
    Sgd optimizer(config.optimizer, {});
    Trainer trainer(task, optimizer, config);
    const auto disk = std::make_shared<FullDisk>(at_step);
    const auto later = std::make_shared<CountSteps>();
    const auto saves = std::make_shared<Saves>();
    trainer.add_hook(disk);
    trainer.add_hook(later);
    trainer.add_hook(saves);
    EXPECT_THROW(trainer.run(1), Error);
    EXPECT_EQ(saves->at, std::vector<std::int64_t>{at_step ? 3 : 5});
    EXPECT_EQ(later->iterations.size(), at_step ? 3u : 5u) << "a hook that did not fail missed a step";
    EXPECT_EQ(disk->saved, 0);
  }
}

TEST_F(TrainerTest, TenStepsAreALineOfMetricsAndTheEpochsLastOnesToo) {
  SmallTask task(13);
  const auto lines = train(task);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["iteration"], 10);
  EXPECT_EQ(lines[1]["iteration"], 13);
  EXPECT_EQ(lines[1]["loss"], 2.0);
}

// The first step of a window, one in its middle, and the epoch's last.
TEST_F(TrainerTest, StepsWithoutPicturesAreNoStepsForTheHooks) {
  SmallTask task(13, {0, 5, 10, 12});
  const auto lines = train(task);
  EXPECT_THAT(counter_->iterations, ElementsAre(1, 2, 3, 4, 6, 7, 8, 9, 11));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["loss"], 2.0);
  EXPECT_EQ(lines[0]["losses"]["loss_cls"], 2.0);
}

/// Lines of metrics.jsonl at these iterations; an evaluation where it is negative.
std::string log_of(const std::vector<std::int64_t>& iterations) {
  std::string text;
  for (const std::int64_t i : iterations) {
    text += i > 0 ? "{\"kind\":\"train\",\"iteration\":" + std::to_string(i) + "}\n"
                  : "{\"kind\":\"evaluation\",\"epoch\":1,\"iteration\":" + std::to_string(-i) +
                        ",\"metrics\":{\"segm\":{\"AP\":0.25,\"APr\":null}}}\n";
  }
  return text;
}

TEST(MetricsLog, AnEvaluationThatIsMadeAgainReplacesTheFirst) {
  const test::TemporaryFolder folder;
  folder.write("metrics.jsonl", log_of({10, -10, 20, -20, 30}) + "{\"kind\": \"tr");
  MetricsLog log(folder.path() / "metrics.jsonl", 20);
  ASSERT_EQ(log.evaluations().size(), 2u);
  EXPECT_EQ(log.evaluation_at(20)->metrics.at("segm").at("APr"), -1);
  EXPECT_EQ(log.evaluation_at(30), nullptr);
  Progress progress;
  progress.epoch = 2;
  progress.iteration = 20;
  log.evaluation(progress, "val", {{"segm", {{"AP", 0.5}, {"APr", -1}}}}, {});
  std::ifstream stream(folder.path() / "metrics.jsonl");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(text, log_of({10, -10, 20}) +
                      "{\"kind\":\"evaluation\",\"epoch\":2,\"iteration\":20,\"split\":\"val\",\"metrics\":{\"segm\":{"
                      "\"AP\":0.5,\"APr\":null}}}\n");
}

}  // namespace
}  // namespace longtail

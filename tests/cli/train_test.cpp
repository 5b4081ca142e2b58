#include <fcntl.h>
#include <sys/file.h>

#include <vector>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

class TrainCli : public CliTest {};

TEST_F(TrainCli, WritesAllFilesOfARunFolder) {
  write_config(kFourEpochs);
  const Outcome outcome = run("train quick.yaml --work-dir run");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* file : {"config.yaml", "provenance.txt", "env.json", "metrics.jsonl", "result.json", "log.txt",
                           "per_class.csv", "confusion.csv", "checkpoints/epoch_0004.safetensors"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / file)) << file;
  }
  EXPECT_NE(read_file(folder_ / "run/provenance.txt").find("quick.yaml:"), std::string::npos);
  const auto result = nlohmann::json::parse(read_file(folder_ / "run/result.json"));
  EXPECT_EQ(result["status"], "finished");
  EXPECT_EQ(result["epoch"], 4);
  EXPECT_EQ(result["weights"], "checkpoints/epoch_0004.safetensors");
  EXPECT_GE(result["metrics"]["accuracy"]["overall"].get<double>(), 0.0);
}

TEST_F(TrainCli, TheResolvedConfigurationTrainsTheSameWeights) {
  write_config("loss: bsce\n" + std::string(kFourEpochs));
  ASSERT_EQ(run("train quick.yaml --work-dir first").code, 0);
  const Outcome again = run("train first/config.yaml --work-dir second");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_file(folder_ / "first/checkpoints/epoch_0004.safetensors"),
            read_file(folder_ / "second/checkpoints/epoch_0004.safetensors"));
}

TEST_F(TrainCli, AnotherSeedGivesOtherWeights) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir a --limit-batches 2").code, 0);
  ASSERT_EQ(run("train quick.yaml --work-dir b --limit-batches 2 --seed 1").code, 0);
  EXPECT_NE(read_file(folder_ / "a/checkpoints/epoch_0004.safetensors"),
            read_file(folder_ / "b/checkpoints/epoch_0004.safetensors"));
}

TEST_F(TrainCli, AnExistingRunIsNeverOverwritten) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  const Outcome outcome = run("train quick.yaml --work-dir run --limit-batches 1");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(
      outcome.err,
      "error: run already holds a run; use --resume to go on with it, --overwrite to remove it and begin anew, or "
      "another --work-dir\n");
}

TEST_F(TrainCli, WhatIsLeftOfARunIsNotOverwritten) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  fs::remove(folder_ / "run/config.yaml");
  const std::string before = read_file(folder_ / "run/metrics.jsonl");
  for (const char* resume : {"", " --resume"}) {
    const Outcome outcome = run(std::string("train quick.yaml --work-dir run --limit-batches 1") + resume);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("run holds checkpoints of a run but not its config.yaml"), std::string::npos)
        << outcome.err;
  }
  EXPECT_EQ(read_file(folder_ / "run/metrics.jsonl"), before);
}

TEST_F(TrainCli, TheSeedOfTheCommandLineIsInTheProvenance) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1 --seed 3").code, 0);
  EXPECT_NE(read_file(folder_ / "run/provenance.txt").find("seed: 3    --seed 3\n"), std::string::npos);
  const Outcome other = run("train quick.yaml --work-dir run --limit-batches 1 --seed 4 --resume");
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("--seed 4"), std::string::npos) << other.err;
}

TEST_F(TrainCli, APlaceThatCannotBeIsTold) {
  fs::create_symlink("loop", folder_ / "loop");
  const Outcome outcome = run("train quick.yaml --work-dir loop");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("choose another --work-dir"), std::string::npos) << outcome.err;
}

TEST_F(TrainCli, APhaseCannotChangeTheInitialWeights) {
  write_config("schedule: {epochs: 2, phases: [{until: 1}, {until: 2, set: {model: {init: x.pth}}}]}\n");
  const Outcome outcome = run("train quick.yaml --work-dir run");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("a phase cannot change 'model.init'"), std::string::npos) << outcome.err;
}

TEST_F(TrainCli, TwoDoNotTrainInOneFolder) {
  write_config(kFourEpochs);
  write_file(folder_ / "run/.lock", "123");
  const int other = ::open((folder_ / "run/.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  const Outcome refused = run("train quick.yaml --work-dir run --limit-batches 1");
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err,
            "error: run: process 123 or one that it started is still training here; wait for it, end it, "
            "or give another --work-dir\n");
  ::close(other);
  EXPECT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
}

TEST_F(TrainCli, ASharedPhaseIsTrainedByOneRunAtATime) {
  write_config("schedule: {epochs: 2, phases: [{until: 1, name: base}, {until: 2, name: rest}]}\n");
  const std::string train = " --cache-dir cache --limit-batches 1";
  ASSERT_EQ(run("train quick.yaml --work-dir first" + train).code, 0);
  // As if another run were training the phases: their locks are held, and what they have left is gone.
  std::vector<int> held;
  std::vector<fs::path> states;
  for (const auto& entry : fs::directory_iterator(folder_ / "cache")) {
    if (entry.path().extension() != ".lock") {
      states.push_back(entry.path());
      continue;
    }
    held.push_back(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(held.back(), LOCK_EX), 0);
  }
  ASSERT_EQ(held.size(), 2);
  for (const fs::path& state : states) fs::remove(state);
  const auto waiting = [&] {
    return read_file(folder_ / "second/log.txt").find("waiting for process") != std::string::npos;
  };
  const Ending ending = longtail_signalled_at("train quick.yaml --work-dir second" + train, folder_, SIGINT, waiting);
  EXPECT_EQ(ending.code, 130);
  for (const int lock : held) ::close(lock);
  EXPECT_EQ(run("train quick.yaml --work-dir second --resume" + train).code, 0);
  EXPECT_EQ(read_file(folder_ / "first/checkpoints/epoch_0002.safetensors"),
            read_file(folder_ / "second/checkpoints/epoch_0002.safetensors"));
}

TEST_F(TrainCli, EvalOfTheRunGivesTheRunsResult) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir run").code, 0);
  const Outcome outcome = run("eval quick.yaml --weights run --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto result = nlohmann::json::parse(read_file(folder_ / "run/result.json"));
  EXPECT_EQ(nlohmann::json::parse(outcome.out), result["metrics"]);
}

TEST_F(TrainCli, EvalOfAnotherModelIsRefused) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  const Outcome outcome = run("eval quick.yaml --set model.backbone.depth=32 --weights run");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("tensors of the model (backbone.layer1.3.conv1.weight"), std::string::npos) << outcome.err;
}

TEST_F(TrainCli, AFinishedRunIsLeftAlone) {
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  const std::string before = read_file(folder_ / "run/result.json");
  const Outcome outcome = run("train quick.yaml --work-dir run --limit-batches 1 --resume --set loader.threads=1");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "run: finished before; nothing to do\n");
  EXPECT_EQ(read_file(folder_ / "run/result.json"), before);
}

TEST_F(TrainCli, PcbTrainsInPhasesWithTheIterativeParadigm) {
  write_config(
      "loss: {type: pcb, base: softmax, alpha: 0.5}\n"
      "schedule:\n"
      "  epochs: 4\n"
      "  phases:\n"
      "    - {until: 2, set: {loss: {alpha: 0}}}\n"
      "    - until: 4\n"
      "      set: {paradigm: iterative, model: {train_only: [classifier, paradigm]}, optimizer: {learning_rate: "
      "0.005}}\n");
  const Outcome outcome = run("train quick.yaml --work-dir run");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("phase phase_2: epochs 3-4"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("new here: paradigm."), std::string::npos) << outcome.err;
}

TEST_F(TrainCli, DivergenceNamesTheTermAndTheSamples) {
  write_config("schedule: {epochs: 4, decay: constant}\n");
  const Outcome outcome = run("train quick.yaml --work-dir run --set optimizer.learning_rate=1e30");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_NE(outcome.err.find("loss_cls is nan on train/"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace longtail::testing

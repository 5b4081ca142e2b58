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
  EXPECT_EQ(outcome.err, "error: run already holds a run; use --resume to go on with it, or use another --work-dir\n");
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
      "      set: {paradigm: iterative, model: {train_only: [classifier, paradigm]}, optimizer: {learning_rate: 0.005}}\n");
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

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

constexpr const char* kPhases =
    "loss: {type: pcb, base: softmax, alpha: 0.5, gamma: 0.9}\n"
    "ema: 0.9\n"
    "schedule:\n"
    "  epochs: 6\n"
    "  milestones: [4]\n"
    "  phases:\n"
    "    - {until: 3, set: {loss: {alpha: 0}}}\n"
    "    - {until: 6, set: {paradigm: iterative}}\n";

constexpr const char* kWeights = "checkpoints/epoch_0006.safetensors";

class ResumeCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    write_config(kPhases);
  }

  std::string whole_run() {
    const Outcome outcome = run("train quick.yaml --work-dir whole");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read_file(folder_ / "whole" / kWeights);
  }

  std::string resume_flag(const char* work_dir) const {
    return fs::exists(folder_ / work_dir / "config.yaml") ? " --resume" : "";
  }
};

class KilledRun : public ResumeCli, public ::testing::WithParamInterface<int> {};

// Killed at moments spread over the run, in training and while checkpoints are written: the same bytes in the end.
TEST_P(KilledRun, EndsWithTheSameWeights) {
  const std::string expected = whole_run();
  ASSERT_FALSE(expected.empty());
  const std::string train = "train quick.yaml --work-dir killed --set loader.threads=" + std::to_string(GetParam());
  for (const int delay : {700, 1100, 900, 1300, 800}) {
    longtail_with_signal(train + resume_flag("killed"), folder_, SIGKILL, std::chrono::milliseconds(delay));
  }
  const Outcome outcome = run(train + resume_flag("killed"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(read_file(folder_ / "killed" / kWeights) == expected);
}

INSTANTIATE_TEST_SUITE_P(LoaderThreads, KilledRun, ::testing::Values(0, 1, 2, 4));

TEST_F(ResumeCli, AnInterruptedRunStopsWellAndGoesOnInMidEpoch) {
  const std::string expected = whole_run();
  int code = 0;
  // The moment is a guess; a run that was already over when the signal came is started anew.
  for (int delay = 1500; delay > 100 && code == 0; delay -= 200) {
    fs::remove_all(folder_ / "stopped");
    code = longtail_with_signal("train quick.yaml --work-dir stopped", folder_, SIGINT, std::chrono::milliseconds(delay));
  }
  if (code == 128 + SIGINT) GTEST_SKIP() << "the signal came before training began";
  ASSERT_EQ(code, 130) << read_file(folder_ / "stderr.txt");
  EXPECT_NE(read_file(folder_ / "stderr.txt").find("--resume goes on from here"), std::string::npos);
  const Outcome outcome = run("train quick.yaml --work-dir stopped --resume");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(read_file(folder_ / "stopped" / kWeights) == expected);
}

TEST_F(ResumeCli, APhaseFromTheCacheGivesTheSameWeights) {
  const std::string expected = whole_run();
  ASSERT_EQ(run("train quick.yaml --work-dir first --cache-dir cache").code, 0);
  // Another alpha in the second phase: the first one is the same and is not trained again.
  const Outcome other = run("train quick.yaml --work-dir other --cache-dir cache --set loss.alpha=0.2");
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_NE(other.err.find("phase phase_1 (epochs 1-3) was trained before"), std::string::npos) << other.err;
  EXPECT_EQ(other.err.find("phase phase_2 (epochs 4-6) was trained before"), std::string::npos) << other.err;
  EXPECT_FALSE(read_file(folder_ / "other" / kWeights) == expected);
  // The same settings again: both phases come from the cache, with the bytes that training gives.
  const Outcome same = run("train quick.yaml --work-dir again --cache-dir cache");
  ASSERT_EQ(same.code, 0) << same.err;
  EXPECT_TRUE(read_file(folder_ / "again" / kWeights) == expected);
}

TEST_F(ResumeCli, AnotherConfigurationCannotGoOnWithARun) {
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --set optimizer.momentum=0.5");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("run was made by another configuration"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("optimizer.momentum"), std::string::npos) << outcome.err;
}

TEST_F(ResumeCli, ATruncatedCheckpointIsNamed) {
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  fs::remove(folder_ / "run/result.json");
  fs::resize_file(folder_ / "run" / kWeights, 1000);
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --limit-batches 1");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find(kWeights), std::string::npos) << outcome.err;
}

TEST_F(ResumeCli, AFullDiskLeavesTheLastGoodCheckpoint) {
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1 --set schedule.epochs=6").code, 0);
  // A limit on the size of files stands for the full disk: the log still fits, a checkpoint does not.
  const std::string command = "cd '" + folder_.string() + "' && trap '' XFSZ && ulimit -f 200 && '" LONGTAIL_BINARY
                              "' train quick.yaml --work-dir full --limit-batches 1 >/dev/null 2>stderr.txt";
  const int status = std::system(("sh -c \"" + command + "\"").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  const std::string error = read_file(folder_ / "stderr.txt");
  EXPECT_NE(error.find("epoch_0001"), std::string::npos) << error;
  EXPECT_FALSE(fs::exists(folder_ / "full/checkpoints/epoch_0001.state.safetensors"));
  const Outcome outcome = run("train quick.yaml --work-dir full --resume --limit-batches 1");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

}  // namespace
}  // namespace longtail::testing

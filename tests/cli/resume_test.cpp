#include <algorithm>
#include <set>

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
    write_config(kPhases, 3);  // thirty steps an epoch: the log has a line in the middle of each
  }

  std::string whole_run() {
    const Outcome outcome = run("train quick.yaml --work-dir whole");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read_file(folder_ / "whole" / kWeights);
  }

  std::string resume_flag(const char* work_dir) const {
    return fs::exists(folder_ / work_dir / "config.yaml") ? " --resume" : "";
  }

  /// The last iteration that a run has logged; 0 before the first.
  int logged_iteration(const char* work_dir) const {
    std::string text = read_file(folder_ / work_dir / "metrics.jsonl");
    text.resize(text.rfind('\n') + 1);  // without a line that is being written
    const std::string key = "\"iteration\":";
    const auto place = text.rfind(key);
    return place == std::string::npos ? 0 : std::atoi(text.c_str() + place + key.size());
  }

  /// Names in a run's checkpoints/, hidden ones (that are being written) included, in order.
  std::set<std::string> checkpoint_files(const char* work_dir) const {
    std::set<std::string> names;
    std::error_code ignored;
    for (fs::directory_iterator entry(folder_ / work_dir / "checkpoints", ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
      names.insert(entry->path().filename().string());
    }
    return names;
  }

  /// The newest complete checkpoint's stem, "" when there is none.
  std::string newest_checkpoint(const char* work_dir) const {
    const std::string end = ".state.safetensors";
    std::string newest;
    for (const std::string& name : checkpoint_files(work_dir)) {
      if (name.front() == '.' || name.size() <= end.size()) continue;
      const auto stem_size = name.size() - end.size();
      if (name.compare(stem_size, end.size(), end) == 0) newest = std::max(newest, name.substr(0, stem_size));
    }
    return newest;
  }

  bool writes_a_checkpoint(const char* work_dir) const {
    for (const std::string& name : checkpoint_files(work_dir)) {
      if (name.front() == '.') return true;
    }
    return false;
  }
};

class KilledRun : public ResumeCli, public ::testing::WithParamInterface<int> {};

// Killed in the middle of epochs, after a checkpoint and while one is being written: the same bytes in the end.
TEST_P(KilledRun, EndsWithTheSameWeights) {
  const std::string expected = whole_run();
  ASSERT_FALSE(expected.empty());
  const std::string train = "train quick.yaml --work-dir killed --set loader.threads=" + std::to_string(GetParam());
  std::set<int> killed_at;  // iterations
  for (int attempt = 0; attempt < 5; ++attempt) {
    const int iteration = logged_iteration("killed");
    const std::string checkpoint = newest_checkpoint("killed");
    const auto moment = [&] {
      if (attempt % 2 == 0) return logged_iteration("killed") > iteration;
      return newest_checkpoint("killed") > checkpoint || (attempt == 3 && writes_a_checkpoint("killed"));
    };
    const Ending ending = longtail_signalled_at(train + resume_flag("killed"), folder_, SIGKILL, moment);
    if (!ending.by_signal) {
      ASSERT_EQ(ending.code, 0) << read_file(folder_ / "stderr.txt");
      break;  // it was faster than we looked
    }
    ASSERT_EQ(ending.code, SIGKILL);
    killed_at.insert(logged_iteration("killed"));
  }
  EXPECT_GE(killed_at.size(), 3u) << "the run was hardly killed in training";
  const Outcome outcome = run(train + resume_flag("killed"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(read_file(folder_ / "killed" / kWeights) == expected);
}

INSTANTIATE_TEST_SUITE_P(LoaderThreads, KilledRun, ::testing::Values(0, 1, 2, 4));

TEST_F(ResumeCli, AnInterruptedRunStopsWellAndGoesOnInMidEpoch) {
  const std::string expected = whole_run();
  Ending ending;
  std::string checkpoint;
  // A signal that comes too late meets the end of an epoch or of the run: once more.
  for (int attempt = 0; attempt < 5 && checkpoint.find("_step_") == std::string::npos; ++attempt) {
    fs::remove_all(folder_ / "stopped");
    ending = longtail_signalled_at("train quick.yaml --work-dir stopped", folder_, SIGINT,
                                   [&] { return logged_iteration("stopped") > 0; });
    checkpoint = newest_checkpoint("stopped");
  }
  ASSERT_FALSE(ending.by_signal);
  ASSERT_EQ(ending.code, 130) << read_file(folder_ / "stderr.txt");
  EXPECT_NE(checkpoint.find("_step_"), std::string::npos) << checkpoint;
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

TEST_F(ResumeCli, ChangesOfTheConfigurationAreALineEachAndFewerEpochsAreNamed) {
  const std::string train = "train quick.yaml --work-dir 'r\x1b' --limit-batches 1";
  ASSERT_EQ(run(train).code, 0);
  write_config(kFourEpochs);
  ASSERT_EQ(run("train quick.yaml --work-dir four --limit-batches 1").code, 0);
  const Outcome other = run(train + " --resume");
  EXPECT_EQ(other.code, 2);
  EXPECT_EQ(other.err.find("\\n"), std::string::npos) << other.err;
  EXPECT_NE(other.err.find("error: r\\x1b was made by another configuration"), std::string::npos) << other.err;
  EXPECT_NE(other.err.find("or another --work-dir:\n- "), std::string::npos) << other.err;
  EXPECT_EQ(other.err.find("\n\n"), std::string::npos) << other.err;
  const Outcome fewer =
      run("train quick.yaml --work-dir four --limit-batches 1 --resume --set schedule.epochs=3 --set "
          "schedule.milestones=[2]");
  EXPECT_EQ(fewer.code, 2);
  EXPECT_NE(fewer.err.find("undo these changes (schedule.epochs may grow, but not shrink), use"), std::string::npos)
      << fewer.err;
  EXPECT_NE(fewer.err.find("\n- schedule.epochs: 4"), std::string::npos) << fewer.err;
  EXPECT_NE(fewer.err.find("\n+ schedule.epochs: 3"), std::string::npos) << fewer.err;
  const Outcome momentum =
      run("train quick.yaml --work-dir four --limit-batches 1 --resume --set optimizer.momentum=0.5");
  EXPECT_EQ(momentum.err.find("may grow"), std::string::npos) << momentum.err;
}

TEST_F(ResumeCli, ATruncatedCheckpointIsNamedAndTheOneBeforeIsUsed) {
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1").code, 0);
  const std::string expected = read_file(folder_ / "run" / kWeights);
  fs::remove(folder_ / "run/result.json");
  fs::resize_file(folder_ / "run" / kWeights, 1000);
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --limit-batches 1");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find(std::string("warning: run/") + kWeights), std::string::npos) << outcome.err;
  EXPECT_TRUE(read_file(folder_ / "run" / kWeights) == expected);
}

TEST_F(ResumeCli, AFullDiskLeavesTheLastGoodCheckpoint) {
  const std::string expected = whole_run();
  longtail_signalled_at("train quick.yaml --work-dir full", folder_, SIGKILL,
                        [&] { return !newest_checkpoint("full").empty(); });
  const std::string stem = newest_checkpoint("full");
  ASSERT_FALSE(stem.empty());
  ASSERT_FALSE(fs::exists(folder_ / "full/result.json"));
  const fs::path checkpoints = folder_ / "full/checkpoints";
  const std::string weights = read_file(checkpoints / (stem + ".safetensors"));
  const std::string state = read_file(checkpoints / (stem + ".state.safetensors"));

  // A limit on the size of files stands for the full disk: the log still fits, a checkpoint does not.
  const std::string command = "cd '" + folder_.string() +
                              "' && trap '' XFSZ && ulimit -f 200 && '" LONGTAIL_BINARY
                              "' train quick.yaml --work-dir full --resume >/dev/null 2>stderr.txt";
  const int status = std::system(("sh -c \"" + command + "\"").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  const std::string error = read_file(folder_ / "stderr.txt");
  EXPECT_NE(error.find("full/checkpoints/epoch_"), std::string::npos) << error;
  EXPECT_NE(error.find("cannot write"), std::string::npos) << error;
  EXPECT_EQ(newest_checkpoint("full"), stem);
  EXPECT_TRUE(read_file(checkpoints / (stem + ".safetensors")) == weights);
  EXPECT_TRUE(read_file(checkpoints / (stem + ".state.safetensors")) == state);

  const Outcome outcome = run("train quick.yaml --work-dir full --resume");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(read_file(folder_ / "full" / kWeights) == expected);
}

}  // namespace
}  // namespace longtail::testing

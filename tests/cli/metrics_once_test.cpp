#include <algorithm>
#include <set>
#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

constexpr const char* kEvaluated =
    "ema: 0.9\n"
    "evaluation: {every: 1}\n"
    "checkpoint: {keep: 9}\n"
    "schedule:\n"
    "  epochs: 4\n"
    "  phases:\n"
    "    - {until: 2}\n"
    "    - {until: 4, set: {optimizer: {learning_rate: 0.02}}}\n";

constexpr const char* kWeights = "checkpoints/epoch_0004.safetensors";

/// Every step's line and every evaluation stand in metrics.jsonl once, wherever a run was killed.
class MetricsOnceCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    write_config(kEvaluated, 4);
    const Outcome outcome = run("train quick.yaml --work-dir whole");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }

  std::vector<std::string> lines(const std::string& run) const {
    std::istringstream stream(read_file(folder_ / run / "metrics.jsonl"));
    std::vector<std::string> all;
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    return all;
  }

  /// The lines without what a clock says.
  std::vector<json> records(const std::string& run) const {
    std::vector<json> all;
    for (const std::string& line : lines(run)) {
      all.push_back(json::parse(line));
      all.back().erase("data_seconds");
      all.back().erase("step_seconds");
    }
    return all;
  }

  /// The whole run as a kill would have left it in epoch `epoch`: without later checkpoints, and of metrics.jsonl only
  /// the lines before `end`.
  void leave(std::size_t epoch, std::size_t end, const std::string& cut_line = "") {
    fs::remove_all(folder_ / "killed");
    fs::copy(folder_ / "whole", folder_ / "killed", fs::copy_options::recursive);
    fs::remove(folder_ / "killed/result.json");
    for (std::size_t later = epoch + 1; later <= 4; ++later) {
      for (const char* ending : {".safetensors", ".state.safetensors"}) {
        fs::remove(folder_ / "killed/checkpoints" / ("epoch_000" + std::to_string(later) + ending));
      }
    }
    std::string text;
    const std::vector<std::string> all = lines("whole");
    for (std::size_t i = 0; i < end; ++i) text += all[i] + "\n";
    write_file(folder_ / "killed/metrics.jsonl", text + cut_line);
  }

  std::size_t place_of_evaluation(std::size_t epoch) const {
    const std::vector<json> all = records("whole");
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i]["kind"] == "evaluation" && all[i]["epoch"] == epoch) return i;
    }
    return all.size();
  }

  void expect_same_after_resume() {
    const Outcome outcome = run("train quick.yaml --work-dir killed --resume");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(records("killed"), records("whole"));
    EXPECT_TRUE(read_file(folder_ / "killed" / kWeights) == read_file(folder_ / "whole" / kWeights));
  }
};

// Epoch 2 ends a phase, epoch 4 the run.
TEST_F(MetricsOnceCli, AKillBetweenCheckpointAndEvaluationLosesNone) {
  for (const std::size_t epoch : {1, 2, 3, 4}) {
    SCOPED_TRACE(epoch);
    leave(epoch, place_of_evaluation(epoch));
    expect_same_after_resume();
  }
}

TEST_F(MetricsOnceCli, AKillAfterAnEvaluationDoublesNone) {
  for (const std::size_t epoch : {1, 2, 3, 4}) {
    SCOPED_TRACE(epoch);
    leave(epoch, place_of_evaluation(epoch) + 1);
    expect_same_after_resume();
  }
}

TEST_F(MetricsOnceCli, ALineThatWasBeingWrittenIsWrittenAnew) {
  const std::size_t place = place_of_evaluation(3);
  leave(3, place, lines("whole")[place].substr(0, 40));
  expect_same_after_resume();
  leave(2, place - 1, lines("whole")[place - 1].substr(0, 40));
  expect_same_after_resume();
}

// As often as it takes: after each new checkpoint, before its evaluation is written.
TEST_F(MetricsOnceCli, KillsAtTheseMomentsChangeNothing) {
  const auto evaluations = [&] {
    const std::string text = read_file(folder_ / "killed/metrics.jsonl");
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("\"evaluation\"", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  const auto checkpoints = [&] {
    std::size_t count = 0;
    while (
        fs::exists(folder_ / "killed/checkpoints" / ("epoch_000" + std::to_string(count + 1) + ".state.safetensors")))
      ++count;
    return count;
  };
  int kills = 0;
  for (std::size_t epoch = 1; epoch <= 4; ++epoch) {
    const std::string resume = fs::exists(folder_ / "killed/config.yaml") ? " --resume" : "";
    const Ending ending = longtail_signalled_at("train quick.yaml --work-dir killed" + resume, folder_, SIGKILL,
                                                [&] { return checkpoints() >= epoch && evaluations() < epoch; });
    kills += ending.by_signal;
  }
  EXPECT_GE(kills, 1);
  expect_same_after_resume();
}

TEST_F(MetricsOnceCli, AnInterruptionInAnEpochLosesNoStep) {
  const auto logged = [&] { return read_file(folder_ / "killed/metrics.jsonl").find('\n') != std::string::npos; };
  const Ending ending = longtail_signalled_at("train quick.yaml --work-dir killed", folder_, SIGINT, logged);
  ASSERT_EQ(ending.code, 130);
  ASSERT_EQ(run("train quick.yaml --work-dir killed --resume").code, 0);
  // The lines may be of other lengths, but together they are all steps: each begins where the one before ended.
  std::set<std::pair<int, int>> ends;
  for (const json& record : records("killed")) {
    if (record["kind"] != "train") continue;
    EXPECT_TRUE(ends.emplace(record["epoch"].get<int>(), record["iteration_in_epoch"].get<int>()).second) << record;
  }
  for (int epoch = 1; epoch <= 4; ++epoch) {
    const int last = records("whole").front()["iterations_per_epoch"].get<int>();
    EXPECT_TRUE(ends.count({epoch, last})) << epoch;
  }
  EXPECT_TRUE(read_file(folder_ / "killed" / kWeights) == read_file(folder_ / "whole" / kWeights));
}

TEST_F(MetricsOnceCli, AllOfThemAreInOneTensorBoardFile) {
  leave(2, place_of_evaluation(2));
  expect_same_after_resume();
  std::size_t files = 0;
  std::string events;
  for (const auto& entry : fs::directory_iterator(folder_ / "killed")) {
    if (entry.path().filename().string().rfind("events.", 0) != 0) continue;
    ++files;
    events += read_file(entry.path());
  }
  EXPECT_EQ(files, 1u);
  std::size_t evaluations = 0;
  for (std::size_t at = 0; (at = events.find("accuracy/overall", at)) != std::string::npos; ++at) ++evaluations;
  EXPECT_EQ(evaluations, 4u);
}

TEST_F(MetricsOnceCli, AnUndefinedMetricIsNull) {
  // No class has fewer than one picture: nothing is in the split `few`.
  write_config("schedule: {epochs: 1}\n", 4);
  const Outcome outcome = run("train quick.yaml --work-dir undefined --set data.few_below=1");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(records("undefined").back()["metrics"]["accuracy"]["few"].is_null());
  EXPECT_EQ(json::parse(read_file(folder_ / "undefined/result.json"))["metrics"]["accuracy"]["few"], -1);
  std::string events;
  for (const auto& entry : fs::directory_iterator(folder_ / "undefined")) {
    if (entry.path().filename().string().rfind("events.", 0) == 0) events += read_file(entry.path());
  }
  EXPECT_EQ(events.find("accuracy/few"), std::string::npos);
  EXPECT_NE(events.find("accuracy/overall"), std::string::npos);
  EXPECT_NE(events.find("train/gradient_norm"), std::string::npos);
}

}  // namespace
}  // namespace longtail::testing

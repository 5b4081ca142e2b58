#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

constexpr const char* kSchedule =
    "checkpoint: {keep: 9}\n"
    "schedule: {epochs: 4, milestones: [3]}\n";

/// Runs that were stopped after two of four epochs, on data of their own.
class GoingOnCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    fs::copy(data(), folder_ / "set", fs::copy_options::recursive);
    write(kSchedule);
    setenv("OMP_NUM_THREADS", "1", 1);  // quick on a busy machine, too
  }
  void TearDown() override { unsetenv("OMP_NUM_THREADS"); }

  void write(const std::string& more) {
    write_config(more);
    std::string text = read_file(folder_ / "quick.yaml");
    const std::string shared = data().string();
    for (std::size_t at = 0; (at = text.find(shared, at)) != std::string::npos;) text.replace(at, shared.size(), "set");
    write_file(folder_ / "quick.yaml", text);
  }

  /// Trains RUN and leaves it as if it had been stopped after `epochs` epochs.
  void stopped(const std::string& run_name, int epochs = 2, const std::string& more = "") {
    const Outcome outcome = run("train quick.yaml --work-dir " + run_name + more);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    fs::remove(folder_ / run_name / "result.json");
    for (int later = epochs + 1; later <= 9; ++later) {
      for (const char* ending : {".safetensors", ".state.safetensors"}) {
        fs::remove(folder_ / run_name / "checkpoints" / ("epoch_000" + std::to_string(later) + ending));
      }
    }
  }

  std::string weights(const std::string& run_name, int epoch = 4) const {
    return read_file(folder_ / run_name / "checkpoints" / ("epoch_000" + std::to_string(epoch) + ".safetensors"));
  }
  json result(const std::string& run_name) const {
    return json::parse(read_file(folder_ / run_name / "result.json"), nullptr, false);
  }
  json environment(const std::string& run_name) const {
    return json::parse(read_file(folder_ / run_name / "env.json"), nullptr, false);
  }
  std::string first_line(const fs::path& file) const {
    const std::string text = read_file(file);
    return text.substr(0, text.find('\n') + 1);
  }
};

TEST_F(GoingOnCli, ChangedDataAreRefusedByNameAndCanBePutBack) {
  stopped("run");
  const std::string expected = [&] {
    stopped("other", 4);
    return weights("other");
  }();
  const std::string list = read_file(folder_ / "set/train.txt");
  const fs::path picture = folder_ / "set" / list.substr(0, list.find(' '));
  const std::string second = list.substr(list.find('\n') + 1);
  const std::string other_picture = read_file(folder_ / "set" / second.substr(0, second.find(' ')));
  const std::vector<std::pair<fs::path, std::string>> changes = {
      {folder_ / "set/train.txt", second},                                          // a picture less
      {folder_ / "set/train.txt", second + first_line(folder_ / "set/train.txt")},  // another order, the same size
      {folder_ / "set/test.txt", read_file(folder_ / "set/test.txt") + "\n"},
      {picture, other_picture},
  };
  for (const auto& [file, content] : changes) {
    SCOPED_TRACE(file.string());
    const std::string before = read_file(file), metrics = read_file(folder_ / "run/metrics.jsonl");
    write_file(file, content);
    const Outcome refused = run("train quick.yaml --work-dir run --resume");
    EXPECT_EQ(refused.code, 4) << refused.err;
    EXPECT_NE(refused.err.find(fs::relative(file, folder_).string() + ": "), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("--allow-changed-data"), std::string::npos) << refused.err;
    EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
    EXPECT_EQ(read_file(folder_ / "run/metrics.jsonl"), metrics);
    write_file(file, before);
  }
  const Outcome outcome = run("train quick.yaml --work-dir run --resume");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err.find("warning"), std::string::npos) << outcome.err;
  EXPECT_TRUE(weights("run") == expected);
}

TEST_F(GoingOnCli, ChangedDataThatAreAllowedAreTold) {
  stopped("run");
  const std::string list = read_file(folder_ / "set/train.txt");
  write_file(folder_ / "set/train.txt", list.substr(list.find('\n') + 1));
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --allow-changed-data");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: after epoch 2: data: set/train.txt: "), std::string::npos) << outcome.err;
  for (const json& told : {result("run"), environment("run")}) {
    ASSERT_EQ(told.at("changes").size(), 1u) << told;
    EXPECT_NE(told["changes"][0].get<std::string>().find("set/train.txt"), std::string::npos) << told;
  }
  ASSERT_EQ(run("report run --out page.html").code, 0);
  EXPECT_NE(read_file(folder_ / "page.html").find("set/train.txt: "), std::string::npos);
  // The new data are the run's data from now on; what has been is not forgotten.
  fs::remove(folder_ / "run/result.json");
  ASSERT_EQ(run("train quick.yaml --work-dir run --resume").code, 0);
  EXPECT_EQ(result("run").at("changes").size(), 1u);
}

TEST_F(GoingOnCli, TimesOfFilesAreNoChange) {
  stopped("run");
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "set")) {
    if (entry.is_regular_file()) fs::last_write_time(entry, fs::file_time_type::clock::now());
  }
  const Outcome outcome = run("train quick.yaml --work-dir run --resume");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_FALSE(result("run").contains("changes"));
}

TEST_F(GoingOnCli, TheNumberOfThreadsIsPartOfTheRun) {
  setenv("OMP_NUM_THREADS", "3", 1);
  ASSERT_EQ(run("train quick.yaml --work-dir run").code, 0);
  EXPECT_EQ(result("run").at("threads"), 3);
  EXPECT_EQ(environment("run").at("threads"), 3);
  EXPECT_NE(read_file(folder_ / "run/config.yaml").find("\nthreads: 3\n"), std::string::npos);
  EXPECT_NE(read_file(folder_ / "run/provenance.txt").find("threads: 3    "), std::string::npos);
  EXPECT_NE(read_file(folder_ / "run/log.txt").find("device: cpu, 3 threads"), std::string::npos);
  // The resolved configuration gives the same weights on whatever machine.
  setenv("OMP_NUM_THREADS", "1", 1);
  ASSERT_EQ(run("train run/config.yaml --work-dir again").code, 0);
  EXPECT_EQ(result("again").at("threads"), 3);
  EXPECT_TRUE(weights("again") == weights("run"));
}

TEST_F(GoingOnCli, TheResolvedConfigurationTellsTheNumberOfThreads) {
  setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_NE(run("config show quick.yaml").out.find("\nthreads: 3\n"), std::string::npos);
  EXPECT_NE(run("config show quick.yaml --set threads=5").out.find("\nthreads: 5\n"), std::string::npos);
}

TEST_F(GoingOnCli, TheNameIsTheFilesWhateverIsSet) {
  EXPECT_NE(run("config show quick.yaml --set threads=5 --set seed=1").out.find("name: quick\n"), std::string::npos);
  EXPECT_NE(run("config show quick/classification --set threads=5").out.find("name: quick_classification\n"),
            std::string::npos);
}

TEST_F(GoingOnCli, ResumeKeepsTheNumberOfThreads) {
  setenv("OMP_NUM_THREADS", "1", 1);
  ASSERT_EQ(run("train quick.yaml --work-dir whole").code, 0);
  stopped("run");
  setenv("OMP_NUM_THREADS", "3", 1);
  const Outcome outcome = run("train quick.yaml --work-dir run --resume");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(result("run").at("threads"), 1);
  EXPECT_FALSE(result("run").contains("changes"));
  EXPECT_TRUE(weights("run") == weights("whole"));
}

TEST_F(GoingOnCli, AnotherNumberOfThreadsIsToldByNameAndNothingElse) {
  setenv("OMP_NUM_THREADS", "1", 1);
  stopped("run");
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --set threads=2");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: after epoch 2: threads: 1 -> 2; "), std::string::npos) << outcome.err;
  for (const char* innocent : {"build", "device: cpu ->", "data"}) {
    EXPECT_EQ(outcome.err.find(std::string("after epoch 2: ") + innocent), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(result("run").at("changes"), json::array({"after epoch 2: threads: 1 -> 2"}));
}

TEST_F(GoingOnCli, NumbersOfAMatrixDoNotDependOnItsJobs) {
  unsetenv("OMP_NUM_THREADS");
  write_file(folder_ / "sweep.yaml", "name: sweep\nextends: [./quick.yaml]\naxes: {optimizer.momentum: [0.8, 0.9]}\n");
  for (const char* jobs : {"1", "2"}) {
    const Outcome outcome = run(std::string("matrix sweep.yaml --work-dir jobs") + jobs + " --jobs " + jobs);
    ASSERT_EQ(outcome.code, 0) << outcome.err << outcome.out;
    EXPECT_EQ(outcome.out.find("warning"), std::string::npos) << outcome.out;
  }
  std::vector<json> tables;
  for (const char* jobs : {"jobs1", "jobs2"}) {
    tables.push_back(json::parse(read_file(folder_ / jobs / "sweep/table.json")));
    for (const json& row : tables.back()["rows"]) EXPECT_GT(row["runs"][0]["threads"].get<int>(), 0);
  }
  for (std::size_t row = 0; row < 2; ++row) {
    EXPECT_EQ(tables[0]["rows"][row]["measured"], tables[1]["rows"][row]["measured"]);
    EXPECT_EQ(tables[0]["rows"][row]["runs"][0]["threads"], tables[1]["rows"][row]["runs"][0]["threads"]);
  }
}

TEST_F(GoingOnCli, ATableOfSeveralNumbersOfThreadsWarns) {
  write_file(folder_ / "sweep.yaml", "name: sweep\nextends: [./quick.yaml]\naxes: {optimizer.momentum: [0.8, 0.9]}\n");
  setenv("OMP_NUM_THREADS", "1", 1);
  ASSERT_EQ(run("matrix sweep.yaml --work-dir work --only '*0.8*'").code, 0);
  setenv("OMP_NUM_THREADS", "2", 1);
  const Outcome outcome = run("matrix sweep.yaml --work-dir work");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("warning: the rows were not all trained alike (1 thread, cpu; 2 threads, cpu)"),
            std::string::npos)
      << outcome.out;
  for (const char* file : {"table.md", "table.csv", "table.json"}) {
    EXPECT_NE(read_file(folder_ / "work/sweep" / file).find("trained with 1 thread, cpu"), std::string::npos) << file;
  }
}

TEST_F(GoingOnCli, ARunThatNeverReachedACheckpointDoesNotBlockTheNext) {
  const Ending ending = longtail_signalled_at("train quick.yaml --work-dir run", folder_, SIGKILL, [&] {
    return fs::exists(folder_ / "run/config.yaml") && !fs::exists(folder_ / "run/checkpoints");
  });
  ASSERT_TRUE(ending.by_signal);
  ASSERT_FALSE(fs::exists(folder_ / "run/checkpoints/epoch_0001.state.safetensors"));
  write_file(folder_ / "run/mine.txt", "mine");
  const Outcome outcome = run("train quick.yaml --work-dir run --set optimizer.momentum=0.8");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("never reached a checkpoint; a new one begins"), std::string::npos) << outcome.err;
  EXPECT_EQ(read_file(folder_ / "run/mine.txt"), "mine");
  EXPECT_EQ(run("train quick.yaml --work-dir run").code, 1) << "one that is finished is never replaced";
}

TEST_F(GoingOnCli, AConfigurationOfOthersIsNoRun) {
  write_file(folder_ / "run/config.yaml", "port: 80\n");
  for (const char* how : {"", " --overwrite", " --resume"}) {
    const Outcome outcome = run(std::string("train quick.yaml --work-dir run") + how);
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_NE(outcome.err.find("run has a config.yaml that no run wrote"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(read_file(folder_ / "run/config.yaml"), "port: 80\n");
  write_file(folder_ / "notes/log.txt", "mine");
  ASSERT_EQ(run("train quick.yaml --work-dir notes --overwrite --limit-batches 1").code, 0);
  EXPECT_EQ(read_file(folder_ / "notes/log.txt").rfind("mine", 0), 0u) << "of a folder without a run nothing goes";
}

TEST_F(GoingOnCli, OverwriteRemovesTheRunAndNothingElse) {
  ASSERT_EQ(run("train quick.yaml --work-dir run --set checkpoint.keep_best=accuracy/overall").code, 0);
  const std::vector<std::string> foreign = {"mine.txt", "notes/log.txt", "checkpoints/mine.safetensors",
                                            "events.out.tfevents.1.others"};
  for (const std::string& file : foreign) write_file(folder_ / "run" / file, "mine");
  // A mistake is found before anything is removed.
  EXPECT_EQ(run("train quick.yaml --work-dir run --overwrite --set optimizer.momentun=0.8").code, 2);
  EXPECT_TRUE(fs::exists(folder_ / "run/result.json"));
  const Outcome outcome = run("train quick.yaml --work-dir run --overwrite --set schedule.epochs=2");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(result("run").at("epoch"), 2);
  for (const char* old : {"epoch_0004.safetensors", "epoch_0003.state.safetensors", "best.safetensors"}) {
    EXPECT_FALSE(fs::exists(folder_ / "run/checkpoints" / old)) << old;
  }
  for (const std::string& file : foreign) EXPECT_EQ(read_file(folder_ / "run" / file), "mine") << file;
  EXPECT_EQ(run("train quick.yaml --work-dir run --overwrite --resume").code, 2);
}

TEST_F(GoingOnCli, AFinishedRunIsTrainedLongerAsOneInOneGo) {
  ASSERT_EQ(run("train quick.yaml --work-dir long --set schedule.epochs=6").code, 0);
  ASSERT_EQ(run("train quick.yaml --work-dir run").code, 0);
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --set schedule.epochs=6");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("after epoch 4: schedule.epochs: 4 -> 6"), std::string::npos) << outcome.err;
  EXPECT_TRUE(weights("run", 6) == weights("long", 6));
  EXPECT_FALSE(result("run").contains("changes")) << "the epochs before are as they were";
  EXPECT_EQ(result("run").at("epoch"), 6);
  EXPECT_EQ(json::parse(read_file(folder_ / "run/result_epoch_4.json")).at("epoch"), 4);
}

TEST_F(GoingOnCli, ALongerScheduleMayNotChangeWhatIsTrained) {
  stopped("run");
  const std::string more = "train quick.yaml --work-dir run --resume --set schedule.epochs=6 --set ";
  const Outcome milestones = run(more + "schedule.milestones=[1,3]");
  EXPECT_EQ(milestones.code, 2) << milestones.err;
  EXPECT_NE(milestones.err.find("schedule.milestones: the learning rates of the 2 epochs that are trained"),
            std::string::npos)
      << milestones.err;
  const Outcome phases = run(more + "'schedule.phases=[{until: 1}, {until: 6}]'");
  EXPECT_EQ(phases.code, 2) << phases.err;
  EXPECT_NE(phases.err.find("schedule.phases: epoch 2 was trained in another phase"), std::string::npos) << phases.err;
  EXPECT_EQ(run(more + "optimizer.momentum=0.5").code, 2);
  EXPECT_EQ(run(more + "schedule.milestones=[3,5]").code, 0) << "what is still to come may change";
}

TEST_F(GoingOnCli, ACosineCannotBeMadeLonger) {
  write("checkpoint: {keep: 9}\nschedule: {epochs: 4, decay: cosine}\n");
  stopped("run");
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --set schedule.epochs=6");
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_NE(outcome.err.find("schedule.decay is cosine"), std::string::npos) << outcome.err;
}

TEST_F(GoingOnCli, AnotherLimitOfBatchesIsAnotherRun) {
  stopped("run", 2, " --limit-batches 1");
  const Outcome outcome = run("train quick.yaml --work-dir run --resume");
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_NE(outcome.err.find("run was begun with --limit-batches 1"), std::string::npos) << outcome.err;
  // A finished one keeps its result, also where more epochs are asked for.
  ASSERT_EQ(run("train quick.yaml --work-dir whole").code, 0);
  for (const char* more : {"", " --set schedule.epochs=6"}) {
    const Outcome other = run(std::string("train quick.yaml --work-dir whole --resume --limit-batches 1") + more);
    EXPECT_EQ(other.code, 2) << other.err;
    EXPECT_NE(other.err.find("whole was finished without --limit-batches"), std::string::npos) << other.err;
    EXPECT_EQ(result("whole").at("epoch"), 4);
  }
}

TEST_F(GoingOnCli, TheBestWeightsAreKept) {
  write(
      "evaluation: {every: 1}\nschedule: {epochs: 4, milestones: [3]}\n"
      "checkpoint: {keep_last: 1, keep_best: accuracy/overall}\n");
  const Outcome outcome = run("train quick.yaml --work-dir run");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "run/checkpoints/epoch_0003.safetensors"));
  double best = -1;
  std::istringstream lines(read_file(folder_ / "run/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json record = json::parse(line);
    if (record["kind"] == "evaluation") best = std::max(best, record["metrics"]["accuracy"]["overall"].get<double>());
  }
  const Outcome evaluated = run("eval quick.yaml --weights run/checkpoints/best.safetensors --json");
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_DOUBLE_EQ(json::parse(evaluated.out)["accuracy"]["overall"].get<double>(), best);
  const Outcome wrong = run("train quick.yaml --work-dir other --set checkpoint.keep_best=segm/AP");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("checkpoint.keep_best: 'segm/AP' is no metric of classification"), std::string::npos)
      << wrong.err;
}

TEST_F(GoingOnCli, TheBestWeightsOfAnotherRunOrOfOtherDataDoNotCount) {
  write(
      "evaluation: {every: 1}\nschedule: {epochs: 4, milestones: [3]}\n"
      "checkpoint: {keep: 9, keep_best: accuracy/overall}\n");
  stopped("run");
  const std::string header = R"({"__metadata__":{"metric":"accuracy/overall","value":"9"}})";
  const std::string unbeaten = std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header;
  const fs::path best = folder_ / "run/checkpoints/best.safetensors";
  write_file(best, unbeaten);
  ASSERT_EQ(run("train quick.yaml --work-dir run --resume").code, 0);
  EXPECT_TRUE(read_file(best) == unbeaten) << "what the run itself has kept counts";

  fs::remove(folder_ / "run/result.json");
  const std::string list = read_file(folder_ / "set/train.txt");
  write_file(folder_ / "set/train.txt", list.substr(list.find('\n') + 1));
  for (const char* ending : {".safetensors", ".state.safetensors"}) {
    fs::remove(folder_ / ("run/checkpoints/epoch_0004" + std::string(ending)));
  }
  ASSERT_EQ(run("train quick.yaml --work-dir run --resume --allow-changed-data").code, 0);
  EXPECT_FALSE(read_file(best) == unbeaten) << "measured on other data";
  const fs::path earlier = best.parent_path() / "best_earlier.safetensors";
  EXPECT_TRUE(read_file(earlier) == unbeaten) << "nothing that was trained is lost";

  // A run that never reached a checkpoint, with an evaluation that tells nothing after it.
  fs::create_directories(folder_ / "lost/checkpoints");
  for (const char* file : {"config.yaml", "provenance.txt"}) {
    fs::copy_file(folder_ / "run" / file, folder_ / "lost" / file);
  }
  write_file(folder_ / "lost/checkpoints/best.safetensors", unbeaten);
  ASSERT_EQ(run("train quick.yaml --work-dir lost").code, 0);
  EXPECT_FALSE(read_file(folder_ / "lost/checkpoints/best.safetensors") == unbeaten);
  EXPECT_TRUE(read_file(folder_ / "lost/checkpoints/best_earlier.safetensors") == unbeaten);

  write_file(folder_ / "mine/checkpoints/best.safetensors", unbeaten);
  EXPECT_EQ(run("train quick.yaml --work-dir mine").code, 1) << "of which run it is nobody can tell";
  EXPECT_TRUE(read_file(folder_ / "mine/checkpoints/best.safetensors") == unbeaten);
}

// Opening a pipe waits for its other end, for ever.
TEST_F(GoingOnCli, APipeInPlaceOfAFileOfTheRunIsNamed) {
  stopped("run");
  for (const char* name : {"metrics.jsonl", "env.json", "data_files.tsv", "log.txt", "result.json"}) {
    const fs::path file = folder_ / "run" / name, kept = folder_ / "kept";
    if (fs::exists(file)) fs::rename(file, kept);
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    const Outcome outcome = run("train quick.yaml --work-dir run --resume");
    EXPECT_NE(outcome.code, 0) << name;
    EXPECT_NE(outcome.err.find(std::string("run/") + name + ": "), std::string::npos) << outcome.err;
    fs::remove(file);
    if (fs::exists(kept)) fs::rename(kept, file);
  }
  EXPECT_EQ(run("train quick.yaml --work-dir run --resume").code, 0);
}

TEST_F(GoingOnCli, WeightsThatTheRunBeganWithMayChange) {
  ASSERT_EQ(run("train quick.yaml --work-dir first").code, 0);
  stopped("run", 2, " --set model.init=first");
  const std::string recorded = read_file(folder_ / "run/data_files.tsv");
  ASSERT_NE(recorded.find("weights\tfirst/checkpoints/epoch_0004.safetensors"), std::string::npos) << recorded;
  ASSERT_EQ(run("train quick.yaml --work-dir first --resume --set schedule.epochs=6").code, 0);
  fs::copy(folder_ / "run", folder_ / "again", fs::copy_options::recursive);
  const Outcome outcome = run("train quick.yaml --work-dir run --resume --set model.init=first");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(read_file(folder_ / "run/data_files.tsv"), recorded);
  fs::remove_all(folder_ / "first");
  const Outcome without = run("train quick.yaml --work-dir again --resume --set model.init=first");
  EXPECT_EQ(without.code, 0) << without.err;
  EXPECT_EQ(read_file(folder_ / "again/data_files.tsv"), recorded);
  EXPECT_TRUE(weights("again") == weights("run"));
}

TEST_F(GoingOnCli, TrainingEndsEarlyWhereNothingGrows) {
  // A learning rate of 0 under a frozen backbone gives the same accuracy for ever.
  write(
      "evaluation: {every: 1}\nschedule: {epochs: 9}\nearly_stop: {metric: accuracy/class_mean, patience: 2}\n"
      "checkpoint: {every: 9}\n");
  const Outcome outcome =
      run("train quick.yaml --work-dir run --set optimizer.learning_rate=0 --set model.train_only=[classifier]");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("early stop: accuracy/class_mean has not grown in 2 evaluations"), std::string::npos);
  EXPECT_EQ(result("run").at("epoch"), 3);
  EXPECT_EQ(result("run").at("stopped_early"), true);
  EXPECT_TRUE(fs::exists(folder_ / "run" / result("run").at("weights").get<std::string>()));
  const Outcome never = run("train quick.yaml --work-dir other --set evaluation.every=0");
  EXPECT_EQ(never.code, 2);
  EXPECT_NE(never.err.find("early_stop needs evaluations on the way"), std::string::npos) << never.err;
}

}  // namespace
}  // namespace longtail::testing

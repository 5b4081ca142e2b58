#include "core/ablation/runner.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/error.h>

#include "core/ablation/process.h"
#include "core/ablation/progress.h"
#include "core/ablation/slurm.h"
#include "core/ablation/table.h"
#include "core/io/file_lock.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

// Stands in for `longtail`: `train CONFIG --work-dir D ...`. What it does is the config's `behaviour`.
constexpr const char* kFakeProgram = R"(#!/bin/bash
config=$2; folder=$4; seed=$6
echo "$@" >> "$folder.calls"
mkdir -p "$folder"
finish() {
  echo '{"name": "x", "status": "finished", "seed": '$seed', "metrics": {"accuracy": {"many": 0.7'$seed', "few": -1}}}' \
    > "$folder/result.json"
  exit 0
}
case $(sed -n 's/^behaviour: //p' "$config") in
  crash) echo "data/list.txt:3: error: no such picture"; exit 4 ;;
  crash_once) test -e "$folder/tried" && finish; touch "$folder/tried"; kill -9 $$ ;;
  silent) exit 0 ;;
  slow) trap 'kill $!; exit 130' INT TERM
        case " $* " in *" --resume "*) finish ;; esac
        # Nothing runs in the foreground: bash forgets a signal that comes just as such a program ends by itself.
        sleep 10 & : > "$folder/started"; wait; finish ;;
  *) finish ;;
esac
)";

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    options_.program = folder_.write("fake", kFakeProgram);
    std::filesystem::permissions(options_.program, std::filesystem::perms::owner_all);
    options_.work_dir = folder_.path() / "work";
    options_.write = [this](const std::string& text) { output_ += text; };
    matrix_.name = "t";
    matrix_.seeds = {0};
    matrix_.columns = {"many", "few"};
  }

  void add_row(const std::string& label, const std::string& behaviour) {
    MatrixRow row;
    row.label = row.slug = label;
    row.config = Node::map();
    row.config.set("behaviour", Node::of(behaviour));
    matrix_.rows.push_back(row);
  }

  RunnerSummary run() {
    output_.clear();
    return run_matrix(matrix_, options_);
  }

  Table table() { return collect_table(table_folder(options_.work_dir, matrix_)); }
  std::string calls(const std::string& row) { return read_text_file(options_.work_dir / "t" / row / "seed0.calls"); }

  TemporaryFolder folder_;
  Matrix matrix_;
  RunnerOptions options_;
  std::string output_;
};

TEST_F(RunnerTest, TrainsEachRowAndSeedOnce) {
  add_row("a", "finish");
  add_row("b", "finish");
  matrix_.seeds = {0, 1};
  const RunnerSummary first = run();
  EXPECT_EQ(first.finished, 4);
  EXPECT_FALSE(first.interrupted);
  EXPECT_THAT(calls("a"), HasSubstr("--work-dir " + (options_.work_dir / "t/a/seed0").string() +
                                    " --seed 0 --cache-dir " + (options_.work_dir / "cache").string()));
  EXPECT_THAT(calls("a"), Not(HasSubstr("--resume")));
  const RunnerSummary second = run();
  EXPECT_EQ(second.finished, 4);
  EXPECT_THAT(output_, HasSubstr("a, seed 1: finished earlier"));
  EXPECT_EQ(table().rows[0].cells[0].values.size(), 2u);
  EXPECT_DOUBLE_EQ(table().rows[0].cells[0].values[1], 0.71);
}

TEST_F(RunnerTest, ACrashCostsOneRow) {
  add_row("bad", "crash");
  add_row("good", "finish");
  add_row("empty", "silent");
  const RunnerSummary summary = run();
  EXPECT_EQ(summary.finished, 1);
  EXPECT_EQ(summary.failed, 2);
  EXPECT_THAT(output_, HasSubstr("bad, seed 0: failed after"));
  EXPECT_THAT(output_, HasSubstr("data cannot be read: data/list.txt:3: error: no such picture"));
  EXPECT_THAT(output_, HasSubstr("without a result.json"));
  EXPECT_THAT(table().rows[0].notes, testing::ElementsAre(HasSubstr("no such picture")));
  run();
  EXPECT_THAT(output_, HasSubstr("--retry-failed tries again"));
}

TEST_F(RunnerTest, RetryFailedGoesOnFromTheRunFolder) {
  add_row("a", "crash_once");
  EXPECT_EQ(run().failed, 1);
  EXPECT_THAT(output_, HasSubstr("killed by signal 9"));
  EXPECT_EQ(run().failed, 1) << "failed rows wait for --retry-failed";
  options_.retry_failed = true;
  EXPECT_EQ(run().finished, 1);
  EXPECT_THAT(calls("a"), HasSubstr("--resume"));
}

TEST_F(RunnerTest, AChangedConfigIsNeverPassedOffAsTheNewOne) {
  add_row("a", "finish");
  run();
  matrix_.rows[0].config.set("learning_rate", Node::of(0.2));
  RunnerSummary summary = run();
  EXPECT_EQ(summary.changed, 1);
  EXPECT_THAT(output_, HasSubstr("learning_rate: (not set) -> 0.2"));
  EXPECT_FALSE(table().rows[0].cells[0].measured());
  options_.rerun_changed = true;
  summary = run();
  EXPECT_EQ(summary.finished, 1);
  EXPECT_TRUE(std::filesystem::exists(options_.work_dir / "t/a/seed0.old1/result.json")) << "nothing is deleted";
  EXPECT_TRUE(table().rows[0].cells[0].measured());
}

// Hours of training are not thrown away for a change that may be a typing error.
TEST_F(RunnerTest, ACheckpointOfAnotherConfigIsKeptUntilItIsGivenUp) {
  add_row("a", "crash");
  run();
  const auto checkpoints = options_.work_dir / "t/a/seed0/checkpoints";
  write_text_file(checkpoints / "epoch_0001.safetensors", "w");
  write_text_file(checkpoints / "epoch_0001.state.safetensors", "s");
  matrix_.rows[0].config.set("behaviour", Node::of("finish"));
  EXPECT_EQ(run().changed, 1);
  EXPECT_THAT(output_, HasSubstr("undo the change to go on, or --rerun-changed to begin anew"));
  EXPECT_TRUE(std::filesystem::exists(checkpoints / "epoch_0001.safetensors"));
  options_.rerun_changed = true;
  EXPECT_EQ(run().finished, 1);
  EXPECT_TRUE(std::filesystem::exists(options_.work_dir / "t/a/seed0.old1/checkpoints"));
}

TEST_F(RunnerTest, AFailureOfAnotherConfigIsTriedAgain) {
  add_row("a", "crash");
  run();
  matrix_.rows[0].config.set("behaviour", Node::of("finish"));
  EXPECT_EQ(run().finished, 1);
  EXPECT_THAT(calls("a"), Not(HasSubstr("--resume")));
}

TEST_F(RunnerTest, WhatCannotChangeAResultMayChange) {
  Node loader = Node::map();
  loader.set("threads", Node::of(std::int64_t{2}));
  add_row("a", "finish");
  matrix_.rows[0].config.set("loader", loader);
  run();
  matrix_.rows[0].config.find("loader")->set("threads", Node::of(std::int64_t{7}));
  matrix_.rows[0].config.set("name", Node::of("other"));
  EXPECT_EQ(run().finished, 1);
  matrix_.rows[0].config.find("loader")->set("batch_size", Node::of(std::int64_t{7}));
  EXPECT_EQ(run().changed, 1);
}

TEST_F(RunnerTest, OnlyPicksRowsByLabel) {
  add_row("ce", "finish");
  add_row("ce+pcb", "finish");
  options_.only = "CE";
  EXPECT_EQ(run().finished, 1);
  options_.only = "ce*";
  EXPECT_EQ(run().finished, 2);
  options_.only = "nothing";
  EXPECT_THROW(run(), ConfigError);
}

TEST_F(RunnerTest, MissingInputsAreToldBeforeTheFirstRow) {
  add_row("a", "finish");
  run();
  add_row("b", "finish");
  int asked = 0;
  options_.missing = [&](const Node&) {
    ++asked;
    return std::vector<std::string>{"no list x.txt"};
  };
  EXPECT_THROW(run(), DataError);
  EXPECT_EQ(asked, 1) << "a finished row needs no data";
  EXPECT_EQ(calls("b"), "");
}

TEST_F(RunnerTest, SeveralRowsAtOnce) {
  for (const char* label : {"a", "b", "c", "d"}) add_row(label, "finish");
  options_.jobs = 3;
  EXPECT_EQ(run().finished, 4);
}

TEST_F(RunnerTest, AnInterruptStopsTheRowAndTheNextRunResumesIt) {
  add_row("a", "slow");
  add_row("b", "finish");
  std::thread interrupter([this] {
    while (!std::filesystem::exists(options_.work_dir / "t/a/seed0/started")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::kill(::getpid(), SIGINT);
  });
  const RunnerSummary summary = run();
  interrupter.join();
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(summary.finished + summary.failed, 0);
  EXPECT_THAT(output_, HasSubstr("the same command goes on from there"));
  EXPECT_EQ(run().finished, 2);
  EXPECT_THAT(output_, HasSubstr("a, seed 0: goes on"));
}

TEST_F(RunnerTest, AMatrixThatIsKilledTakesItsRowsAlongAndGoesOn) {
  add_row("a", "slow");
  const pid_t child = ::fork();
  if (child == 0) {
    run();
    ::_exit(0);
  }
  const auto started = options_.work_dir / "t/a/seed0/started";
  while (!std::filesystem::exists(started)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ::kill(child, SIGKILL);
  while (!poll_process(child)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(run().finished, 1);
  EXPECT_THAT(calls("a"), HasSubstr("--resume"));
}

TEST_F(RunnerTest, TwoMatricesDoNotShareAFolder) {
  const FileLock held = lock_folder(table_folder(options_.work_dir, matrix_));
  EXPECT_THROW(lock_folder(table_folder(options_.work_dir, matrix_)), Error);
}

TEST_F(RunnerTest, SlurmJobsAreSubmittedOnceAndJudgedByTheirFiles) {
  const auto bin = folder_.path() / "bin";
  folder_.write("bin/sbatch",
                "#!/bin/bash\ncp \"${@: -1}\" " + (folder_.path() / "script").string() + "\necho '42;cluster'\n");
  folder_.write("bin/squeue", "#!/bin/bash\ncat " + (folder_.path() / "queue").string() + " 2>/dev/null\nexit $(cat " +
                                  (folder_.path() / "squeue_code").string() + " 2>/dev/null)\n");
  folder_.write("bin/srun", "#!/bin/bash\n[[ $1 == --ntasks=1 ]] && exec \"${@:2}\"\n");
  for (const char* name : {"sbatch", "squeue", "srun"}) {
    std::filesystem::permissions(bin / name, std::filesystem::perms::owner_all);
  }
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", (bin.string() + ':' + path).c_str(), 1);
  folder_.write("queue", "42 longtail PENDING\n");
  folder_.write("squeue_code", "0\n");
  add_row("a", "finish");
  options_.slurm = true;
  options_.sbatch_arguments = {"--gres=gpu:1"};
  EXPECT_EQ(run().submitted, 1);
  EXPECT_THAT(output_, HasSubstr("slurm job 42\n"));
  EXPECT_THAT(read_text_file(folder_.path() / "script"), HasSubstr("#SBATCH --gres=gpu:1\n"));
  EXPECT_EQ(run().submitted, 1);
  EXPECT_THAT(output_, HasSubstr("has not ended yet"));
  // A squeue that fails is no proof that the job has ended; a job that slurm does not know has.
  folder_.write("queue", "slurm_load_jobs error: Unable to contact slurm controller\n");
  folder_.write("squeue_code", "1\n");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_THAT(output_, HasSubstr("has not ended yet"));
  folder_.write("queue", "slurm_load_jobs error: Invalid job id specified\n");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_THAT(output_, HasSubstr("slurm job 42\n"));
  EXPECT_EQ(::system(("bash " + (folder_.path() / "script").string()).c_str()), 0);
  EXPECT_EQ(run().finished, 1);
  ::setenv("PATH", path.c_str(), 1);
}

TEST_F(RunnerTest, AMissingSbatchIsOneClearError) {
  add_row("a", "finish");
  options_.slurm = true;
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", folder_.path().c_str(), 1);
  std::string message;
  try {
    run();
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_THAT(message, HasSubstr("'sbatch' cannot be run"));
  ::setenv("PATH", path.c_str(), 1);
}

TEST(ShellQuoted, SurvivesQuotes) { EXPECT_EQ(shell_quoted("a 'b'"), "'a '\\''b'\\'''"); }

TEST(FailureReason, LooksAtThisAttemptOnly) {
  const TemporaryFolder folder;
  const std::string earlier = "error: the disk is full\n";
  folder.write("log", earlier + "starting\n");
  const auto log = folder.path() / "log";
  EXPECT_THAT(failure_reason(1, log, 0), HasSubstr("the disk is full"));
  EXPECT_THAT(failure_reason(1, log, static_cast<std::int64_t>(earlier.size())), HasSubstr("exit code 1; see "));
}

TEST(WriteTextFile, WhatCannotBeWrittenIsNoBadData) {
  const TemporaryFolder folder;
  folder.write("file", "text");
  try {
    write_text_file(folder.path() / "file" / "below", "text");
    FAIL() << "wrote below a file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::other) << error.what();
  }
}

TEST(TrainedFraction, ReadsTheLastLines) {
  const TemporaryFolder folder;
  EXPECT_EQ(trained_fraction(folder.path(), 10), -1);
  folder.write("metrics.jsonl",
               "{\"kind\": \"train\", \"epoch\": 5, \"iteration\": 490}\n"
               "{\"kind\": \"train\", \"epoch\": 5, \"iteration\": 500}\n"
               "{\"kind\": \"evaluation\", \"epoch\": 5, \"iteration\": 500}\n"
               "{\"kind\": \"train\", \"epoch\": 6, \"iteration\": 550}\n{\"kin");
  EXPECT_DOUBLE_EQ(trained_fraction(folder.path(), 10), 0.55);
}

}  // namespace
}  // namespace longtail

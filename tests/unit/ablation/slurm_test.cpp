#include "core/ablation/slurm.h"

#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/error.h>

#include "core/ablation/runner.h"
#include "core/ablation/table.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

// What they do is in files beside them: `sbatch_does`, `queue` with `squeue_code`. Jobs are counted from 101 on.
constexpr const char* kSbatch = R"(#!/bin/bash
pool=$(dirname "$0")/..
count=$(($(cat "$pool/count" 2>/dev/null || echo 0) + 1))
echo $count >"$pool/count"
cp "${@: -1}" "$pool/script"
env >"$pool/environment"
job=$((100 + count))
source "$pool/sbatch_does"
)";
constexpr const char* kSqueue = R"(#!/bin/bash
pool=$(dirname "$0")/..
echo "$@" >"$pool/squeue_arguments"
cat "$pool/queue"
exit $(cat "$pool/squeue_code")
)";
// As the real one: so many tasks at once as the option or the allocation says, and a word of its own about a failure.
constexpr const char* kSrun = R"(#!/bin/bash
tasks=${SLURM_NTASKS:-1} code=0
while [[ $1 == -* ]]; do
  [[ $1 != --ntasks=* ]] || tasks=${1#--ntasks=}
  shift
done
for ((task = 0; task < tasks; ++task)); do
  "$@" || code=$?
done
((code == 0)) || echo "srun: error: node1: task 0: Exited with exit code $code" >&2
exit $code
)";
// Stands in for `longtail`: fails as `how` says, else leaves a result.
constexpr const char* kProgram = R"(#!/bin/bash
folder=$4
echo "$@" >>"$folder.calls"
mkdir -p "$folder"
source "$(dirname "$0")/how"
echo '{"status": "finished", "metrics": {"accuracy": {"many": 0.5}}}' >"$folder/result.json"
)";

class SlurmTest : public testing::Test {
 protected:
  SlurmTest() : path_(std::getenv("PATH")) {
    write_program("bin/sbatch", kSbatch);
    write_program("bin/squeue", kSqueue);
    write_program("bin/srun", kSrun);
    options_.program = write_program("longtail", kProgram);
    folder_.write("how", "");
    sbatch_does("echo $job");
    squeue_says("");
    ::setenv("PATH", ((folder_ / "bin").string() + ':' + path_).c_str(), 1);
    options_.work_dir = folder_ / "work";
    options_.slurm = true;
    options_.write = [this](const std::string& text) { output_ += text; };
    matrix_.name = "t";
    matrix_.seeds = {0};
    matrix_.columns = {"many"};
    MatrixRow row;
    row.label = row.slug = "a";
    row.config = Node::map();
    matrix_.rows.push_back(row);
  }
  ~SlurmTest() override { ::setenv("PATH", path_.c_str(), 1); }

  std::filesystem::path write_program(const std::string& name, const char* text) {
    const auto file = folder_.write(name, text);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }
  void sbatch_does(const std::string& commands) { folder_.write("sbatch_does", commands + '\n'); }
  void squeue_says(const std::string& lines, int code = 0) {
    folder_.write("queue", lines);
    folder_.write("squeue_code", std::to_string(code) + '\n');
  }

  RunnerSummary run() {
    output_.clear();
    return run_matrix(matrix_, options_);
  }
  /// The message of the error that a call ends with, "" when it ends well.
  std::string error_of_run() {
    try {
      run();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  /// What slurm does with the script that it was given last.
  int run_script(const std::string& job = "101", const std::string& more_environment = "") {
    return ::system(("SLURM_JOB_ID=" + job + ' ' + more_environment + " bash " + (folder_ / "script").string() + " >>" +
                     paths().log.string() + " 2>&1")
                        .c_str());
  }

  RunPaths paths() const { return run_paths(table_folder(options_.work_dir, matrix_), "a", 0); }
  RunRecord record() const { return read_record(paths().record); }
  int submissions() const { return std::atoi(read_text_file(folder_ / "count").c_str()); }
  std::string calls() const { return read_text_file(paths().folder.string() + ".calls"); }

  TemporaryFolder folder_;
  std::string path_;
  Matrix matrix_;
  RunnerOptions options_;
  std::string output_;
};

TEST_F(SlurmTest, TheJobNumberIsReadFromStandardOutputAlone) {
  sbatch_does("echo 'sbatch: debug:  77 spank plugins loaded' >&2; echo $job; echo 88 >&2");
  squeue_says("PENDING\n");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(record().job, "101");
  EXPECT_THAT(output_, HasSubstr("77 spank plugins")) << "what sbatch says is passed on";
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(submissions(), 1);
  EXPECT_THAT(read_text_file(folder_ / "squeue_arguments"), HasSubstr("--jobs=101"));
}

// Nobody knows then whether slurm has the job: a second one would train in the same folder.
TEST_F(SlurmTest, WhatIsNoJobNumberIsSaidAndNotHandedOverAgain) {
  for (const char* answer : {"true", "echo Submitted batch job 42", "echo sbatch: error", "echo 12; echo 13", "echo 0",
                             "echo -5", "echo 1e3", "echo 42 >&2"}) {
    std::filesystem::remove_all(options_.work_dir);
    folder_.write("count", "0");
    sbatch_does(answer);
    EXPECT_THAT(error_of_run(), HasSubstr("printed no job number")) << answer;
    EXPECT_EQ(run().failed, 1) << answer;
    EXPECT_THAT(output_, HasSubstr("squeue --me --name=t-a-seed0")) << answer;
    EXPECT_EQ(submissions(), 1) << answer;
  }
  options_.retry_failed = true;
  sbatch_does("echo $job");
  EXPECT_EQ(run().submitted, 1) << "who has looked says so";
}

TEST_F(SlurmTest, AClusterIsAskedForItsOwnJobs) {
  sbatch_does("echo 'Welcome to the cluster'; echo \"$job;far\"");
  squeue_says("CLUSTER: far\nRUNNING\n");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(record().job, "101");
  EXPECT_EQ(record().cluster, "far");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_THAT(read_text_file(folder_ / "squeue_arguments"), HasSubstr("--clusters=far"));
  EXPECT_EQ(submissions(), 1);
}

TEST_F(SlurmTest, AJobWithANumberIsQueuedWhateverSbatchEndsWith) {
  sbatch_does("echo $job; echo 'sbatch: error: cannot wait' >&2; exit 1");
  squeue_says("RUNNING\n");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(submissions(), 1);
}

TEST_F(SlurmTest, ARefusedJobIsOneErrorAndTriedAgain) {
  sbatch_does("echo 'sbatch: error: invalid partition' >&2; exit 1");
  EXPECT_EQ(error_of_run(), "'sbatch' failed with exit code 1: sbatch: error: invalid partition");
  sbatch_does("echo $job");
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(record().attempts, 1);
}

TEST_F(SlurmTest, AHandOverThatWasCutOffIsNotRepeatedUnasked) {
  run();
  RunRecord cut_off = record();
  cut_off.status = "submitting";
  RunRecord without_number = record();
  without_number.job = "sbatch: debug";
  for (const RunRecord& left : {cut_off, without_number}) {
    write_record(paths().record, left);
    EXPECT_EQ(run().failed, 1);
    EXPECT_THAT(output_, HasSubstr("left no job number; `squeue --me` tells"));
    EXPECT_EQ(submissions(), 1);
  }
}

TEST_F(SlurmTest, AJobThatIsStartedAgainGoesOn) {
  run();
  folder_.write("how", "exit 1");  // the node has failed
  EXPECT_NE(run_script(), 0);
  EXPECT_THAT(calls(), Not(HasSubstr("--resume")));
  folder_.write("how", "");
  EXPECT_EQ(run_script(), 0);
  EXPECT_THAT(calls(), HasSubstr("--resume"));
  EXPECT_EQ(run().finished, 1);
}

TEST_F(SlurmTest, WhileAJobIsQueuedAnExitCodeIsOfItsEarlierStart) {
  run();
  folder_.write("how", "exit 1");
  run_script();
  for (const char* state : {"PENDING", "RUNNING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "COMPLETING", "SUSPENDED",
                            "CONFIGURING", "PREEMPTED", "NODE_FAIL", "BOOT_FAIL"}) {
    squeue_says(std::string(state) + '\n');
    EXPECT_EQ(run().submitted, 1) << state;
    EXPECT_THAT(output_, HasSubstr("slurm job 101 has not ended yet\n")) << state;
  }
  for (const char* state : {"", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "COMPLETED"}) {
    squeue_says(std::string(state) + '\n');
    EXPECT_EQ(run().failed, 1) << state;
  }
  EXPECT_EQ(submissions(), 1);
}

TEST_F(SlurmTest, AnExitCodeOfAnotherJobSaysNothing) {
  run();
  write_text_file(paths().exit, "1 99\n");  // an earlier job ended only after this one was handed over
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(submissions(), 2) << "squeue does not know job 101 any more, and it has left nothing";
}

TEST_F(SlurmTest, AnInterruptedJobIsHandedOverAgainAndAFailedOneIsNot) {
  run();
  folder_.write("how", "exit 130");
  run_script();
  EXPECT_EQ(run().submitted, 1);
  EXPECT_EQ(submissions(), 2);
  folder_.write("how", "exit 0");
  run_script("102");
  EXPECT_EQ(run().failed, 1);
  EXPECT_THAT(output_, HasSubstr("without a result.json"));
}

TEST_F(SlurmTest, ASqueueThatFailsIsNoProofOfAnEnd) {
  run();
  squeue_says("slurm_load_jobs error: Unable to contact slurm controller\n", 1);
  EXPECT_EQ(run().submitted, 1);
  EXPECT_THAT(output_, HasSubstr("has not ended yet as far as can be told: squeue fails"));
  EXPECT_EQ(submissions(), 1);
  folder_.write("how", "exit 4");
  run_script();
  EXPECT_EQ(run().failed, 1) << "the failure can be seen on a machine without slurm";
}

TEST_F(SlurmTest, TheTableShowsTheProgramsLastErrorAndNotSrunsWord) {
  run();
  folder_.write("how", "echo 'list.txt:3: error: no such picture' >&2; exit 4");
  run_script();
  run();
  const Table table = collect_table(table_folder(options_.work_dir, matrix_));
  EXPECT_THAT(table.rows[0].notes, testing::ElementsAre(HasSubstr("list.txt:3: error: no such picture")));
  EXPECT_THAT(table.rows[0].notes, testing::ElementsAre(Not(HasSubstr("srun"))));
}

TEST_F(SlurmTest, SlurmsWordCountsWhereTheProgramHasNone) {
  const auto log = folder_.write("log",
                                 "slurmstepd: error: Detected 1 oom_kill event in StepId=101.0\n"
                                 "srun: error: node1: task 0: Out Of Memory\n");
  EXPECT_THAT(failure_reason(137, log, 0), HasSubstr("oom_kill event"));
}

TEST_F(SlurmTest, OneRunHasOneTrainer) {
  options_.sbatch_arguments = {"--ntasks=2"};
  run();
  EXPECT_EQ(run_script("101", "SLURM_NTASKS=2"), 0);
  const std::string all = calls();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1) << all;
}

TEST_F(SlurmTest, OptionsThatBreakARunAreRefused) {
  for (const char* option :
       {"--array=0-3", "-a0-3", "--output=x", "--output x", "-o", "--error=y", "--wrap=true", "--test-only",
        "--open-mode=truncate", "--arr=0-3", "--nodes=1 -a 0-3", "--time=1\nrm x"}) {
    options_.sbatch_arguments = {option};
    EXPECT_THROW(run(), ConfigError) << option;
  }
  EXPECT_EQ(submissions(), 0);
  options_.sbatch_arguments = {"--gres=gpu:1", "-A", "--account=me", "--error-is-none=1"};
  EXPECT_EQ(run().submitted, 1);
}

TEST_F(SlurmTest, TheSurroundingJobAndSettingsDoNotReachTheRun) {
  const std::vector<std::string> names = {"SLURM_JOB_ID",     "SLURM_NTASKS", "SLURM_MEM_PER_CPU",
                                          "SBATCH_ARRAY_INX", "SBATCH_WAIT",  "SBATCH_OUTPUT"};
  for (const std::string& name : names) ::setenv(name.c_str(), "7", 1);
  ::setenv("SLURM_CONF", "/etc/slurm.conf", 1);
  ::setenv("SBATCH_PARTITION", "gpu", 1);
  run();
  const std::string environment = '\n' + read_text_file(folder_ / "environment");
  for (const std::string& name : names) {
    EXPECT_THAT(environment, Not(HasSubstr('\n' + name + '=')));
    ::unsetenv(name.c_str());
  }
  EXPECT_THAT(environment, HasSubstr("\nSLURM_CONF=/etc/slurm.conf\n"));
  EXPECT_THAT(environment, HasSubstr("\nSBATCH_PARTITION=gpu\n"));
  ::unsetenv("SLURM_CONF");
  ::unsetenv("SBATCH_PARTITION");
}

TEST(JobNumber, IsDigits) {
  for (const char* text : {"1", "4294967295"}) EXPECT_TRUE(is_job_number(text)) << text;
  for (const char* text : {"", "0", "-1", "12 ", "12_3", "1e3", "sbatch: debug", "123456789012"}) {
    EXPECT_FALSE(is_job_number(text)) << text;
  }
}

}  // namespace
}  // namespace longtail

// What happens to long runs: readers that go away, full disks, kills, links that others put in the way, damaged files.
#include <sys/resource.h>

#include <csignal>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

constexpr const char* kTwoEpochs = "train quick.yaml --work-dir run --limit-batches 3 --set schedule.epochs=2 ";

class HardshipCli : public CliTest {
 protected:
  /// Runs a line of the shell in the folder of the test; $L is the program. Gives its exit code.
  int shell(const std::string& line) {
    const std::string command = "cd '" + folder_.string() + "' && L='" LONGTAIL_BINARY "' && " + line;
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string errors() { return without_notes(read_file(folder_ / "stderr.txt")); }

  fs::path newest() const { return folder_ / "run/checkpoints/epoch_0002"; }

  void cut_newest() { fs::resize_file(newest().string() + ".safetensors", 1000); }

  /// Of a process that has ended.
  static std::string dead_process() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    return std::to_string(child);
  }
};

TEST_F(HardshipCli, TrainingGoesOnWhenNobodyReadsItsOutput) {
  shell(std::string("( $L ") + kTwoEpochs + "; echo $? >code.txt ) 2>&1 </dev/null | true");
  EXPECT_TRUE(fs::exists(folder_ / "run/result.json")) << read_file(folder_ / "code.txt");
  EXPECT_EQ(read_file(folder_ / "code.txt"), "1\n") << "the name of the result went nowhere";
}

TEST_F(HardshipCli, AFileBeyondTheLimitIsAnErrorAndNotTheEnd) {
  EXPECT_EQ(shell(std::string("ulimit -f 64 && $L ") + kTwoEpochs + "2>stderr.txt >/dev/null </dev/null"), 1);
  EXPECT_NE(errors().find("error: "), std::string::npos) << errors();
  EXPECT_NE(errors().find("File too large; the file is larger than the limit for files (see `ulimit -f`)"),
            std::string::npos)
      << errors();
  EXPECT_NE(read_file(folder_ / "run/log.txt").find("File too large"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder_ / "run/checkpoints"));
  EXPECT_EQ(run(std::string(kTwoEpochs) + "--resume").code, 0);
}

// OpenBLAS would wait for ever for its buffers, and the first interrupt would be waiting for it.
TEST_F(HardshipCli, ALackOfAddressSpaceIsSaidBeforeTheFirstProduct) {
  const auto train = [&](long megabytes) {
    fs::remove_all(folder_ / "run");
    return shell("ulimit -v " + std::to_string(megabytes * 1024) +
                 " && OMP_NUM_THREADS=2 timeout 300 $L train quick.yaml --work-dir run --limit-batches 1 --set "
                 "schedule.epochs=1 2>stderr.txt >/dev/null </dev/null");
  };
  for (long megabytes = 2000; megabytes > 200; megabytes -= megabytes / 4) {
    const int code = train(megabytes);
    ASSERT_NE(code, 124) << megabytes << " MB: hangs";
    if (errors().find("ulimit -v") == std::string::npos) continue;
    EXPECT_EQ(code, 1);
    EXPECT_NE(errors().find("error: out of address space: `ulimit -v` allows "), std::string::npos) << errors();
    return;
  }
  GTEST_SKIP() << "no OpenBLAS here";
}

#ifndef LONGTAIL_NO_PRELOAD
TEST_F(HardshipCli, NohupHoldsWhateverLibrariesDo) {
  write_config(kFourEpochs, 2);
  const pid_t child = fork();
  if (child == 0) {
    ::signal(SIGHUP, SIG_IGN);
    const std::string command = "cd '" + folder_.string() +
                                "' && LD_PRELOAD='" LONGTAIL_PRELOADS "/preload_signal_taker.so' exec '" LONGTAIL_BINARY
                                "' train quick.yaml --work-dir run >/dev/null 2>stderr.txt </dev/null";
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  for (pid_t ended = 0; ended == 0; ended = waitpid(child, &status, WNOHANG)) {
    if (fs::exists(folder_ / "run/config.yaml")) ::kill(child, SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << errors();
  EXPECT_TRUE(fs::exists(folder_ / "run/result.json"));
}

TEST_F(HardshipCli, AFileThatIsCutWhileItIsReadIsNamed) {
  ASSERT_EQ(run(kTwoEpochs).code, 0);
  fs::copy_file(newest().string() + ".safetensors", folder_ / "victim.safetensors");
  EXPECT_EQ(shell("LD_PRELOAD='" LONGTAIL_PRELOADS "/preload_cutter.so' $L weights export victim.safetensors --out "
                  "out.safetensors >/dev/null 2>stderr.txt"),
            4);
  EXPECT_EQ(errors(),
            "error: victim.safetensors: was cut while it was being read, or the disk cannot give it; leave files alone "
            "while longtail reads them, and start again\n");
  EXPECT_FALSE(fs::exists(folder_ / "out.safetensors"));
}

TEST_F(HardshipCli, APluginThatIsCutWhileItIsReadIsNamed) {
  const fs::path file = folder_ / "victim.longtail.so";
  fs::copy_file(LONGTAIL_BAD_PLUGINS "/good/good.longtail.so", file);
  ASSERT_GT(fs::file_size(file), 8192u);
  EXPECT_EQ(shell("LD_PRELOAD='" LONGTAIL_PRELOADS "/preload_cutter.so' $L plugins check victim.longtail.so "
                  ">/dev/null 2>stderr.txt"),
            3);
  EXPECT_EQ(errors(), "error: cannot load the plugin " + fs::canonical(file).string() +
                          ": it was cut while it was being read; leave it alone meanwhile, and start again\n");
}
#endif

TEST_F(HardshipCli, LinksInTheRunFolderAreNotFollowed) {
  for (const char* name : {".lock", "log.txt", "env.json", "provenance.txt", "checkpoints/epoch_0001.safetensors"}) {
    fs::remove_all(folder_ / "run");
    fs::create_directories(folder_ / "run/checkpoints");
    write_file(folder_ / "precious", "data");
    fs::create_symlink(folder_ / "precious", folder_ / "run" / name);
    const Outcome outcome = run(kTwoEpochs);
    EXPECT_EQ(outcome.code, 1) << name;
    EXPECT_EQ(read_file(folder_ / "precious"), "data") << name;
    EXPECT_NE(outcome.err.find(std::string("error: run/") + name + ": is a symbolic link"), std::string::npos)
        << outcome.err;
  }
}

TEST_F(HardshipCli, LeftoversOfKilledRunsAreRemoved) {
  const std::string dead = dead_process(), alive = std::to_string(getpid());
  for (const char* place : {"run", "run/checkpoints", "cache"}) {
    write_file(folder_ / place / (".epoch_0001.safetensors." + dead + "-0.tmp"), "half");
    write_file(folder_ / place / (".epoch_0001.safetensors." + alive + "-0.tmp"), "half");
    write_file(folder_ / place / ".mine.tmp", "mine");
  }
  ASSERT_EQ(run(std::string(kTwoEpochs) + "--cache-dir cache").code, 0);
  for (const char* place : {"run", "run/checkpoints", "cache"}) {
    EXPECT_FALSE(fs::exists(folder_ / place / (".epoch_0001.safetensors." + dead + "-0.tmp"))) << place;
    EXPECT_TRUE(fs::exists(folder_ / place / (".epoch_0001.safetensors." + alive + "-0.tmp"))) << place;
    EXPECT_TRUE(fs::exists(folder_ / place / ".mine.tmp")) << place;
  }
}

TEST_F(HardshipCli, ACacheThatCannotBeWrittenIsAWarning) {
  write_file(folder_ / "file", "");
  const Outcome no_folder = run(std::string(kTwoEpochs) + "--cache-dir file");
  EXPECT_EQ(no_folder.code, 0) << no_folder.err;
  EXPECT_NE(no_folder.err.find("warning: the cache cannot be used: "), std::string::npos) << no_folder.err;

  fs::remove_all(folder_ / "run");
  ASSERT_EQ(run(std::string(kTwoEpochs) + "--cache-dir cache").code, 0);
  for (const auto& entry : fs::directory_iterator(folder_ / "cache")) {
    if (entry.path().extension() != ".safetensors") continue;
    fs::remove(entry.path());
    if (entry.path().string().find(".state.") == std::string::npos) fs::create_directory(entry.path());
  }
  fs::remove_all(folder_ / "run");
  const Outcome no_file = run(std::string(kTwoEpochs) + "--cache-dir cache");
  EXPECT_EQ(no_file.code, 0) << no_file.err;
  EXPECT_NE(no_file.err.find("warning: the phase is not shared with other runs: "), std::string::npos) << no_file.err;
  EXPECT_TRUE(fs::exists(folder_ / "run/result.json"));
}

TEST_F(HardshipCli, ADamagedNewestCheckpointFallsBackToTheOneBefore) {
  ASSERT_EQ(run(kTwoEpochs).code, 0);
  const std::string weights = read_file(newest().string() + ".safetensors");
  cut_newest();
  for (const std::string& verb :
       {std::string("eval quick.yaml --weights run"),
        "predict quick.yaml --weights run --out found '" + (data() / "test").string() + "'"}) {
    const Outcome outcome = run(verb + (verb[0] == 'p' ? "/*" : ""));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("epoch_0002.safetensors"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("the checkpoint before is used: epoch_0001"), std::string::npos) << outcome.err;
  }
  fs::remove(folder_ / "run/result.json");
  const Outcome resumed = run(std::string(kTwoEpochs) + "--resume");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("the checkpoint before is used: epoch_0001"), std::string::npos) << resumed.err;
  EXPECT_TRUE(read_file(newest().string() + ".safetensors") == weights) << "not the same weights";
  EXPECT_TRUE(fs::exists(newest().string() + ".safetensors.damaged"));
}

TEST_F(HardshipCli, PicturesOfAFolderAreTakenInTheOrderOfTheirNumbers) {
  ASSERT_EQ(run(kTwoEpochs).code, 0);
  fs::path picture;
  for (const auto& entry : fs::recursive_directory_iterator(data() / "test")) {
    if (entry.is_regular_file()) picture = entry.path();
  }
  fs::create_directories(folder_ / "photos");
  for (const char* name : {"p10", "p9", "p100", "p1"}) {
    fs::copy_file(picture, folder_ / "photos" / (name + picture.extension().string()));
  }
  const Outcome outcome = run("predict quick.yaml --weights run --out found photos");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string table = read_file(folder_ / "found/predictions.csv");
  std::size_t before = 0;
  for (const char* name : {"p1.", "p9.", "p10.", "p100."}) {
    const auto place = table.find(name);
    ASSERT_NE(place, std::string::npos) << table;
    EXPECT_GE(place, before) << table;
    before = place;
  }
}

TEST_F(HardshipCli, InitialWeightsMayBeARunFolder) {
  ASSERT_EQ(run(kTwoEpochs).code, 0);
  const Outcome outcome = run(
      "train quick.yaml --work-dir next --limit-batches 1 --set schedule.epochs=1 model.init=run --cache-dir cache");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find(" tensors imported"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("not in the file"), std::string::npos) << outcome.err;
  fs::create_directories(folder_ / "empty");
  const Outcome empty = run("train quick.yaml --work-dir next2 --set model.init=empty");
  EXPECT_EQ(empty.code, 4);
  EXPECT_NE(empty.err.find("model.init: empty is a folder without weights"), std::string::npos) << empty.err;
}

TEST_F(HardshipCli, MissingInitialWeightsSayWhereTheyComeFrom) {
  ::unsetenv("LONGTAIL_RESNET50");
  const Outcome usual = run("train quick.yaml --work-dir run --set model.init=weights/resnet50.pth");
  EXPECT_EQ(usual.code, 4);
  EXPECT_EQ(usual.err,
            "error: model.init: weights/resnet50.pth does not exist: torchvision's are at "
            "https://download.pytorch.org/models/resnet50-0676ba61.pth; name the file in model.init or "
            "LONGTAIL_RESNET50, or start from random weights with --set 'model.init=\"\"'\n");
  ::setenv("LONGTAIL_RESNET50", "/nowhere/r.pth", 1);
  const Outcome wrong = run("train quick.yaml --work-dir run --set 'model.init=${env:LONGTAIL_RESNET50}'");
  ::unsetenv("LONGTAIL_RESNET50");
  EXPECT_EQ(wrong.code, 4);
  for (const char* part :
       {"/nowhere/r.pth does not exist", "LONGTAIL_RESNET50", "resnet50-0676ba61.pth", "model.init=\"\""}) {
    EXPECT_NE(wrong.err.find(part), std::string::npos) << wrong.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

}  // namespace
}  // namespace longtail::testing

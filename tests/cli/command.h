#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace longtail::testing {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;  // exit code; 128 + signal when killed
  std::string out;
  std::string err;
};

inline std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_file(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// Without the lines about this machine's BLAS.
inline std::string without_notes(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("note: ", 0) != 0) kept += line + "\n";
  }
  return kept;
}

/// Runs `longtail ARGUMENTS` through the shell, in the folder of the test.
inline Outcome longtail(const std::string& arguments, const fs::path& folder) {
  const std::string command =
      "cd '" + folder.string() + "' && '" LONGTAIL_BINARY "' " + arguments + " >stdout.txt 2>stderr.txt </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = read_file(folder / "stdout.txt");
  outcome.err = without_notes(read_file(folder / "stderr.txt"));
  return outcome;
}

/// How a child process ended: by itself with an exit code, or killed by a signal.
struct Ending {
  bool by_signal = false;
  int code = -1;  // exit code, or the signal's number
};

/// Starts `longtail ARGUMENTS`, sends `signal` as soon as `moment()` is true (asked every millisecond; in
/// any case after five minutes), and waits. A run that ends before that moment gets no signal.
inline Ending longtail_signalled_at(const std::string& arguments, const fs::path& folder, int signal,
                                    const std::function<bool()>& moment) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string command = "cd '" + folder.string() + "' && exec '" LONGTAIL_BINARY "' " + arguments +
                                " >/dev/null 2>stderr.txt </dev/null";
    // A test in the background inherits ignored signals, which the program would rightly leave so.
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  int status = 0;
  pid_t ended = 0;
  while (ended == 0 && !moment() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ended = waitpid(child, &status, WNOHANG);
  }
  if (ended == 0) {
    kill(child, signal);
    waitpid(child, &status, 0);
  }
  if (WIFEXITED(status)) return {false, WEXITSTATUS(status)};
  return {true, WTERMSIG(status)};
}

/// A folder for each test, with a small data set of emoji that is drawn once for all of them.
class CliTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (fs::exists(data() / "train.txt")) return;
    // Tests may run at the same time: draw aside, then give it the name at once.
    const fs::path aside = data().string() + "." + std::to_string(getpid());
    fs::create_directories(aside.parent_path());
    const Outcome made = longtail("data make-emoji --task classification --out '" + aside.string() +
                                      "' --classes 5 --size 16 --max-count 40 --imbalance 8 --test-count 6 --threads 1",
                                  aside.parent_path());
    ASSERT_EQ(made.code, 0) << made.err;
    std::error_code taken;
    fs::rename(aside, data(), taken);
  }

  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(LONGTAIL_BINARY_DIR) / "tests" / "cli" / (std::string(info->test_suite_name()) + "." + info->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write_config("");
  }

  static fs::path data() { return fs::path(LONGTAIL_BINARY_DIR) / "tests" / "cli" / "emoji"; }

  /// A run of a second: a network of three small stages, some ninety pictures an epoch. `more` is further YAML.
  void write_config(const std::string& more, int batch_size = 16) {
    write_file(folder_ / "quick.yaml",
               "model: {backbone: {type: resnet, depth: 20, stem: cifar}}\n"
               "data:\n  root: " +
                   data().string() + "\n  train: " + (data() / "train.txt").string() +
                   "\n  val: " + (data() / "test.txt").string() +
                   "\n  transform: {type: cifar, size: 16}\n  many_above: 30\n  few_below: 8\n"
                   "loader: {batch_size: " +
                   std::to_string(batch_size) +
                   "}\n"
                   "optimizer: {learning_rate: 0.05}\n" +
                   more);
  }

  Outcome run(const std::string& arguments) { return longtail(arguments, folder_); }

  fs::path folder_;
};

inline constexpr const char* kFourEpochs = "schedule: {epochs: 4, milestones: [3]}\n";

}  // namespace longtail::testing

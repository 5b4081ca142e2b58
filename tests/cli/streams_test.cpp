// Standard streams, signals and the words of a command line: what shells and scripts rely on.
#include <fcntl.h>
#include <sys/stat.h>

#include <cctype>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

class StreamsCli : public CliTest {
 protected:
  /// With streams as the shell's `redirections` say; unless they do, stderr goes to stderr.txt.
  Outcome run_with(const std::string& redirections, const std::string& arguments) {
    const std::string command = "cd '" + folder_.string() + "' && '" LONGTAIL_BINARY "' " + arguments +
                                " 2>stderr.txt </dev/null " + redirections;
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "",
            without_notes(read_file(folder_ / "stderr.txt"))};
  }

  /// a.json and results.json: ground truth of one object, and a list without detections.
  void write_one_object_and_no_results() const {
    write_file(folder_ / "a.json",
               R"({"images": [{"id": 1, "width": 8, "height": 8, "file_name": "a.png"}],
                   "categories": [{"id": 1, "name": "a"}],
                   "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4], "area": 16,
                                    "iscrowd": 0}]})");
    write_file(folder_ / "results.json", "[]");
  }

  std::string train_list() const { return "'" + (data() / "train.txt").string() + "'"; }
};

constexpr const char* kTrain = "train quick.yaml --work-dir run --limit-batches 2 --set schedule.epochs=1";

TEST_F(StreamsCli, OutputThatCannotBeWrittenIsAFailure) {
  for (const std::string& arguments :
       {std::string("plugins list"), std::string("plugins describe"), std::string("config show quick.yaml"),
        std::string("--help"), std::string("train --help"), "data stats " + train_list()}) {
    for (const auto& [redirection, reason] :
         {std::pair(">/dev/full", "No space left on device"), std::pair(">&-", "Bad file descriptor")}) {
      const Outcome outcome = run_with(redirection, arguments);
      EXPECT_EQ(outcome.code, 1) << arguments << redirection;
      EXPECT_EQ(outcome.err, std::string("error: the output cannot be written: ") + reason + "\n") << arguments;
    }
  }
}

TEST_F(StreamsCli, AnErrorKeepsItsExitCodeWhereItCannotBeShown) {
  for (const char* redirections : {">&-", "2>/dev/full", "2>&-", ">&- 2>&- <&-", ">/dev/full 2>/dev/full"}) {
    EXPECT_EQ(run_with(redirections, "trian quick.yaml").code, 2) << redirections;
  }
}

TEST_F(StreamsCli, ClosedStreamsDoNotEndInTheFilesOfARun) {
  const Outcome outcome = run_with("<&- >/dev/null 2>&-", kTrain);
  EXPECT_EQ(outcome.code, 0);
  std::istringstream lines(read_file(folder_ / "run/log.txt"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.size() > 4 && std::isdigit(static_cast<unsigned char>(line[0])) && line[4] == '-') << line;
  }
  EXPECT_GE(count, 3);
  fs::remove_all(folder_ / "run");
  EXPECT_EQ(run_with(">&- 2>/dev/full", kTrain).code, 1) << "the name of the result went nowhere";
  EXPECT_TRUE(fs::exists(folder_ / "run/result.json"));
}

TEST_F(StreamsCli, AWarningThatCannotBeShownIsNoFailure) {
  write_file(folder_ / "plugins/junk.longtail.so", "junk");
  write_file(folder_ / "from_one.txt", "a.png 1\nb.png 2\n");
  write_one_object_and_no_results();
  for (const char* arguments : {"--plugin-dir plugins config show quick.yaml", "data stats from_one.txt",
                                "evaluate --annotations a.json --results results.json"}) {
    const Outcome told = run(arguments);
    EXPECT_EQ(told.code, 0) << arguments << "\n" << told.err;
    EXPECT_EQ(told.err.rfind("warning: ", 0), 0u) << arguments << "\n" << told.err;
    for (const char* redirections : {">/dev/null 2>&-", ">/dev/null 2>/dev/full"}) {
      EXPECT_EQ(run_with(redirections, arguments).code, 0) << arguments << redirections;
    }
  }
}

// What was in the file, and what is printed later, was lost with it.
TEST_F(StreamsCli, TheFileBehindAStreamIsNotReplaced) {
  write_one_object_and_no_results();
  fs::create_symlink("log.txt", folder_ / "link");
  const std::string evaluate = "evaluate --annotations a.json --results results.json --out ";
  const std::string of_stream =
      ": is an open stream, and the file that it leads to would be replaced by a new one; name a "
      "file, or leave the option away\n";
  const std::string own =
      ": is the file that this command's own input, output or errors lead to, and would be replaced "
      "by a new one; name another file, or leave the option away\n";
  const std::vector<std::pair<std::string, std::string>> cases = {{"/dev/stdout", of_stream},
                                                                  {"/dev/stderr", of_stream},
                                                                  {"/proc/self/fd/1", of_stream},
                                                                  {"log.txt", own},
                                                                  {"link", own}};
  for (const auto& [out, why] : cases) {
    for (const auto& [redirection, left] : {std::pair(">>log.txt", "before\n"), std::pair(">log.txt", "")}) {
      write_file(folder_ / "log.txt", "before\n");
      const Outcome outcome = run_with(redirection, evaluate + out);
      EXPECT_EQ(outcome.code, 1) << out << redirection;
      EXPECT_EQ(outcome.err, "error: --out " + out + why) << redirection;
      EXPECT_EQ(read_file(folder_ / "log.txt"), left) << out << redirection;
    }
  }
  EXPECT_EQ(run_with("| cat >piped.txt", evaluate + "/dev/stdout").err, "error: --out /dev/stdout" + of_stream);
  EXPECT_EQ(read_file(folder_ / "piped.txt"), "");
  EXPECT_EQ(run_with(">>log.txt", evaluate + "other.json").code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "other.json"));

  ASSERT_EQ(run(kTrain).code, 0);
  write_file(folder_ / "log.txt", "before\n");
  const Outcome report = run_with(">>log.txt", "report run --out /dev/stdout");
  EXPECT_EQ(report.code, 1);
  EXPECT_EQ(report.err, "error: /dev/stdout" + of_stream);
  EXPECT_EQ(read_file(folder_ / "log.txt"), "before\n");
}

TEST_F(StreamsCli, JsonIsGivenWhereverItIsAskedFor) {
  ASSERT_EQ(run(kTrain).code, 0);
  const json listed = json::parse(run("plugins list --json").out);
  EXPECT_EQ(listed, json::parse(run("plugins list --format json").out));
  const json described = json::parse(run("plugins describe loss/pcb --json").out);
  EXPECT_EQ(described, json::parse(run("plugins describe loss/pcb --format json").out));
  const Outcome both = run("plugins list --json --format md");
  EXPECT_EQ(both.code, 2);
  EXPECT_NE(both.err.find("--format excludes --json"), std::string::npos) << both.err;

  const json exported = json::parse(run("weights export run --out tv.safetensors --json").out);
  EXPECT_EQ(exported["file"], "tv.safetensors");
  EXPECT_GT(exported["tensors"], 10);
  EXPECT_EQ(exported["left_out"], 0);
  const json imported = json::parse(run("weights import tv.safetensors --out ours.safetensors --json").out);
  EXPECT_EQ(imported["file"], "ours.safetensors");
  EXPECT_EQ(imported["tensors"], exported["tensors"]);
  EXPECT_EQ(imported["left_out"], 0);
}

TEST_F(StreamsCli, SetTakesSeveralPairs) {
  const Outcome outcome = run(
      "config show --as-written --set seed=7 schedule.epochs=3 quick.yaml --set=data.many_above=31 data.few_below=9 "
      "--set data.bad_image=skip");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"seed: 7", "epochs: 3", "many_above: 31", "few_below: 9", "bad_image: skip"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
  const Outcome alone = run("config show quick.yaml --as-written --set seed=7 more a=1");
  EXPECT_EQ(alone.code, 2);
  EXPECT_EQ(alone.err,
            "error: longtail config show: not expected: more a=1; `longtail config show --help` tells more\n");
}

TEST_F(StreamsCli, PluginDirStandsBeforeOrAfterTheVerb) {
  for (const char* arguments :
       {"--plugin-dir nowhere plugins list", "plugins --plugin-dir nowhere list", "plugins list --plugin-dir nowhere",
        "plugins list --plugin-dir=nowhere", "config show quick.yaml --plugin-dir nowhere"}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 3) << arguments;
    EXPECT_EQ(outcome.err, "error: --plugin-dir nowhere: there is no such folder\n") << arguments;
  }
  EXPECT_EQ(run("plugins list --plugin-dir .").code, 0);
  EXPECT_EQ(run("plugins --plugin-dir . lst").err,
            "error: 'longtail plugins' has no verb 'lst' (did you mean 'list'?); `longtail plugins --help` lists "
            "them\n");
  EXPECT_EQ(run("train quick.yaml --plugin-dri .").err,
            "error: 'longtail train' has no option --plugin-dri (did you mean '--plugin-dir'?); `longtail train "
            "--help` lists them\n");
}

TEST_F(StreamsCli, MistakesInTheCommandLineAreALineEach) {
  const auto error = [this](const std::string& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    return outcome.err;
  };
  EXPECT_EQ(error("--plugin-dir ."), "error: longtail: a verb is missing; `longtail --help` lists them\n");
  EXPECT_EQ(error("data"), "error: longtail data: a verb is missing; `longtail data --help` lists them\n");
  EXPECT_EQ(error("train"), "error: longtail train: CONFIG is required; `longtail train --help` tells more\n");
  EXPECT_EQ(error("train a b"), "error: longtail train: not expected: b; `longtail train --help` tells more\n");
  EXPECT_EQ(error("train a -- --b"), "error: longtail train: not expected: --b; `longtail train --help` tells more\n");
  EXPECT_EQ(error("train a --seed"),
            "error: longtail train: --seed needs a value; `longtail train --help` tells more\n");
  EXPECT_EQ(error("train a --seed x"),
            "error: longtail train: --seed: 'x' is not a whole number from 0; `longtail train --help` tells more\n");
  EXPECT_EQ(error("eval a --weights w --split x"),
            "error: longtail eval: --split: x not in {val,train}; `longtail eval --help` tells more\n");
  EXPECT_EQ(error("data make-emoji --out x --difficulty much"),
            "error: longtail data make-emoji: cannot be understood: --difficulty = much; `longtail data make-emoji "
            "--help` tells more\n");
  EXPECT_EQ(error("data stats f --num-classes 3 --bad"),
            "error: 'longtail data stats' has no option --bad; `longtail data stats --help` lists them\n");
}

TEST_F(StreamsCli, NegativeNumbersAreRefusedWhereNoneCanBeMeant) {
  for (const char* arguments : {"data stats f --num-classes -2", "data stats f --many-above -3",
                                "data stats f --few-below -1", "data make-emoji --out x --seed -1",
                                "data make-emoji --out x --threads -1", "data browse --out x.png --seed -1"}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_NE(outcome.err.find("' is not a whole number from 0"), std::string::npos) << outcome.err;
  }
}

#ifndef LONGTAIL_NO_PRELOAD
/// A program that waits when it opens held.txt, a list of two pictures, until go_on().
class Waiting {
 public:
  /// `hang_up`: what SIGHUP does to it.
  Waiting(const std::string& arguments, const fs::path& folder, sighandler_t hang_up) {
    const fs::path pipe = folder / "pipe";
    fs::remove(pipe);
    EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    write_file(folder / "held.txt", "a.png 0\nb.png 1\n");
    const std::string command = "cd '" + folder.string() +
                                "' && LD_PRELOAD='" LONGTAIL_PRELOADS "/preload_holder.so' exec '" LONGTAIL_BINARY
                                "' " +
                                arguments + " >/dev/null 2>stderr.txt </dev/null";
    child_ = ::fork();
    if (child_ == 0) {
      // Those who run the tests may have them ignored.
      for (const int number : {SIGINT, SIGTERM}) ::signal(number, SIG_DFL);
      ::signal(SIGHUP, hang_up);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    wait_for_reader(pipe);
  }
  ~Waiting() {
    if (writer_ >= 0) ::close(writer_);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  bool waits() const { return writer_ >= 0; }
  void send(int number) const { ::kill(child_, number); }

  void go_on() {
    ::close(writer_);
    writer_ = -1;
  }

  /// The exit code; 1000 + signal where one killed it.
  int end() {
    if (!ended_) ::waitpid(child_, &status_, 0);
    ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 1000 + WTERMSIG(status_);
  }

 private:
  void wait_for_reader(const fs::path& pipe) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!ended_ && std::chrono::steady_clock::now() < deadline) {
      writer_ = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);  // fails until somebody reads
      if (writer_ >= 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ended_ = ::waitpid(child_, &status_, WNOHANG) == child_;
    }
    if (!ended_) ::kill(child_, SIGKILL);
  }

  pid_t child_ = -1;
  int writer_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

TEST_F(StreamsCli, AnInterruptedVerbExitsWith130) {
  ASSERT_EQ(run(kTrain).code, 0);
  const std::string pictures = " '" + (data() / "test").string() + "'/*";
  for (const std::string& arguments :
       {std::string("data stats held.txt"), std::string("train quick.yaml --work-dir run2 --set data.train=held.txt"),
        std::string("eval quick.yaml --weights run --set data.val=held.txt"),
        "predict quick.yaml --weights run --out predicted --set data.train=held.txt" + pictures}) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      Waiting program(arguments, folder_, SIG_DFL);
      ASSERT_TRUE(program.waits()) << arguments << "\n" << read_file(folder_ / "stderr.txt");
      program.send(number);
      EXPECT_EQ(program.end(), 130) << arguments << ", signal " << number;
      const std::string told = without_notes(read_file(folder_ / "stderr.txt"));
      const std::size_t after_device = told.rfind("device: ", 0) == 0 ? told.find('\n') + 1 : 0;
      EXPECT_EQ(told.substr(after_device), "error: interrupted\n") << arguments;
    }
  }
}

TEST_F(StreamsCli, NohupIsRespected) {
  Waiting program("data stats held.txt", folder_, SIG_IGN);
  ASSERT_TRUE(program.waits()) << read_file(folder_ / "stderr.txt");
  program.send(SIGHUP);
  program.go_on();
  EXPECT_EQ(program.end(), 0) << read_file(folder_ / "stderr.txt");
}
#endif

}  // namespace
}  // namespace longtail::testing

#include <algorithm>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

class BadInputCli : public CliTest {
 protected:
  /// A list of its own, beside a copy of a few pictures.
  void use_list(const std::string& lines) { write_file(folder_ / "list.txt", lines); }
  std::string some_lines(std::size_t count) const {
    std::ifstream stream(data() / "train.txt");
    std::string lines, line;
    for (std::size_t i = 0; i < count && std::getline(stream, line); ++i) lines += line + "\n";
    return lines;
  }
  Outcome train(const std::string& more) {
    return run("train quick.yaml --work-dir run --limit-batches 2 --set schedule.epochs=1 " + more);
  }
};

TEST_F(BadInputCli, AMissingListFileIsNamed) {
  const Outcome outcome = train("--set data.train=nowhere.txt");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("nowhere.txt"), std::string::npos) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST_F(BadInputCli, ALabelOutOfRangeIsNamedWithItsLine) {
  use_list(some_lines(20) + "train/x.png 99\n");
  const Outcome outcome = train("--set data.train=list.txt --set data.num_classes=5");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("list.txt:21"), std::string::npos) << outcome.err;
}

TEST_F(BadInputCli, MistakesOfAListAreLinesThatStandByThemselves) {
  use_list("a.png 0\nb.png\nc.png x\n");
  const Outcome outcome = run("data stats list.txt");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.err,
            "list.txt:2: error: expected `relative/path label`, found 'b.png'\n"
            "list.txt:3: error: the label must be a whole number from 0, found 'x'\n");
}

TEST_F(BadInputCli, ALabelThatIsAnIdIsNamedInsteadOfCountedUpTo) {
  use_list(some_lines(20) + "train/x.png 3000000000\n");
  for (const Outcome& outcome : {run("data stats list.txt"), train("--set data.train=list.txt")}) {
    EXPECT_EQ(outcome.code, 4);
    EXPECT_EQ(outcome.err.rfind("list.txt:21: error: label 3000000000 is far beyond the 21 pictures", 0), 0u)
        << outcome.err;
  }
}

TEST_F(BadInputCli, ATruncatedPictureStopsTheRunOrIsSkippedAndCounted) {
  fs::copy(data(), folder_ / "emoji", fs::copy_options::recursive);
  const std::string lines = some_lines(64);
  use_list(lines);
  const std::string first = lines.substr(0, lines.find(' '));
  fs::resize_file(folder_ / "emoji" / first, fs::file_size(folder_ / "emoji" / first) / 2);
  const std::string options =
      "--set data.train=list.txt --set data.root=emoji --set data.num_classes=5 --set loader.batch_size=32 ";
  const Outcome stopped = train(options);
  EXPECT_EQ(stopped.code, 4);
  EXPECT_NE(stopped.err.find(first), std::string::npos) << stopped.err;
  fs::remove_all(folder_ / "run");
  const Outcome skipped = train(options + "--set data.bad_image=skip");
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_NE(skipped.err.find("image 1 skipped: "), std::string::npos) << skipped.err;
}

TEST_F(BadInputCli, AWorkDirThatCannotBeMadeIsNamed) {
  const Outcome outcome = run("train quick.yaml --work-dir /dev/null/run");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err.rfind("error: cannot make the run folder /dev/null/run: ", 0), 0u) << outcome.err;
}

TEST_F(BadInputCli, WhereResultsCannotGoIsToldBeforeTheWork) {
  write_file(folder_ / "afile", "");
  fs::create_directories(folder_ / "afolder");
  const std::string missing = ": there is no folder nodir; make it first (mkdir -p), or choose another one\n";
  const auto error = [this](const std::string& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 1) << arguments;
    return outcome.err;
  };
  const std::string evaluate = "evaluate --annotations none.json --results none.json ";
  EXPECT_EQ(error(evaluate + "--out nodir/x.json"), "error: --out nodir/x.json" + missing);
  EXPECT_EQ(error(evaluate + "--per-class nodir/x.csv"), "error: --per-class nodir/x.csv" + missing);
  EXPECT_EQ(error(evaluate + "--out afolder"), "error: --out afolder: this is a folder; name a file in it\n");
  EXPECT_EQ(error("data browse --annotations none.json --out nodir/b.jpg"), "error: --out nodir/b.jpg" + missing);
  for (const char* verb : {"eval quick.yaml --weights none", "predict quick.yaml none.png --weights none"}) {
    EXPECT_EQ(error(std::string(verb) + " --out afile"), "error: --out afile: this is a file; name a folder\n");
    EXPECT_EQ(error(std::string(verb) + " --out afile/x"),
              "error: --out afile/x: cannot make this folder: Not a directory; choose another one\n");
  }
}

TEST_F(BadInputCli, ForeignWeightsAreRefused) {
  write_file(folder_ / "foreign.safetensors", "this is no file of weights");
  const Outcome outcome = run("eval quick.yaml --weights foreign.safetensors");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("foreign.safetensors"), std::string::npos) << outcome.err;
}

TEST_F(BadInputCli, ABatchLargerThanTheDataIsExplained) {
  const Outcome outcome = train("--set loader.batch_size=100000");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("smaller batch_size"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace longtail::testing

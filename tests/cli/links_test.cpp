#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

/// Symbolic links in and around a run, which somebody else may have made.
class LinksCli : public CliTest {
 protected:
  Outcome train(const std::string& arguments) { return run("train quick.yaml --limit-batches 1 " + arguments); }

  std::vector<std::string> names_in(const char* folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / folder)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  const std::string one_ = " --set schedule.epochs=1", two_ = " --set schedule.epochs=2";
};

TEST_F(LinksCli, TablesOfAnEvaluationDoNotFollowThem) {
  ASSERT_EQ(run("train quick.yaml --work-dir run" + one_).code, 0);
  for (const std::string name : {"per_class", "confusion"}) {
    for (const bool partial : {false, true}) {
      const fs::path out = folder_ / "out";
      fs::remove_all(out);
      fs::create_directories(out);
      write_file(folder_ / "precious", "data");
      const std::string link = name + (partial ? ".partial.csv" : ".csv");
      fs::create_symlink(folder_ / "precious", out / link);
      const Outcome outcome =
          run("eval quick.yaml --weights run --out out" + std::string(partial ? " --limit-batches 1" : "") + one_);
      EXPECT_EQ(outcome.code, 1) << link << '\n' << outcome.err;
      EXPECT_NE(outcome.err.find("out/" + link + ": is a symbolic link"), std::string::npos) << outcome.err;
      EXPECT_EQ(read_file(folder_ / "precious"), "data") << link;
    }
  }
}

TEST_F(LinksCli, CheckpointsOnAnotherDiskAreGoneOnWith) {
  ASSERT_EQ(train("--work-dir run" + one_).code, 0);
  fs::rename(folder_ / "run/checkpoints", folder_ / "disk");
  fs::create_symlink("../disk", folder_ / "run/checkpoints");
  const std::vector<std::string> before = names_in("disk");
  const Outcome outcome = train("--work-dir run --resume" + two_);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(fs::is_symlink(folder_ / "run/checkpoints"));
  EXPECT_NE(names_in("disk"), before);
}

TEST_F(LinksCli, OverwriteRemovesTheLinkAndNotTheCheckpointsOfAnotherRun) {
  ASSERT_EQ(train("--work-dir other" + one_).code, 0);
  ASSERT_EQ(train("--work-dir run" + one_).code, 0);
  fs::remove_all(folder_ / "run/checkpoints");
  fs::create_symlink("../other/checkpoints", folder_ / "run/checkpoints");
  ::chmod((folder_ / "run").c_str(), 0777);  // whoever made the link
  const std::vector<std::string> before = names_in("other/checkpoints");
  ASSERT_FALSE(before.empty());
  const Outcome outcome = train("--work-dir run --overwrite" + two_);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(names_in("other/checkpoints"), before);
  EXPECT_FALSE(fs::is_symlink(folder_ / "run/checkpoints"));
  EXPECT_TRUE(fs::is_directory(folder_ / "run/checkpoints"));
}

TEST_F(LinksCli, CheckpointsBehindALinkOfOthersAreRefused) {
  ASSERT_EQ(train("--work-dir run" + one_).code, 0);
  fs::rename(folder_ / "run/checkpoints", folder_ / "disk");
  fs::create_symlink("../disk", folder_ / "run/checkpoints");
  fs::create_directories(folder_ / "new");
  fs::create_directories(folder_ / "empty");
  fs::create_symlink("../empty", folder_ / "new/checkpoints");
  for (const char* name : {"run", "new"}) ::chmod((folder_ / name).c_str(), 0777);
  const std::vector<std::string> before = names_in("disk");
  for (const std::string& options : {"--work-dir run --resume" + two_, "--work-dir new" + one_}) {
    const Outcome outcome = train(options);
    EXPECT_EQ(outcome.code, 1) << options << '\n' << outcome.err;
    EXPECT_NE(outcome.err.find("/checkpoints: is a symbolic link that others can have made"), std::string::npos)
        << outcome.err;
  }
  EXPECT_EQ(names_in("disk"), before);
  EXPECT_TRUE(names_in("empty").empty());
  fs::create_directories(folder_ / "astray");
  fs::create_symlink("nowhere", folder_ / "astray/checkpoints");
  const Outcome astray = train("--work-dir astray" + one_);
  EXPECT_EQ(astray.code, 1);
  EXPECT_NE(astray.err.find("astray/checkpoints: is a symbolic link that leads to no folder; remove it"),
            std::string::npos)
      << astray.err;
}

TEST_F(LinksCli, PathsThatCannotBeReachedAreNamedWithTheirKey) {
  fs::create_symlink("loop", folder_ / "loop");
  const std::string name(300, 'a');
  for (const auto& [path, reason] : {std::pair<std::string, std::string>("loop", "Too many levels of symbolic links"),
                                     {name, "File name too long"}}) {
    for (const auto& [key, what] : {std::pair<std::string, std::string>("data.root", "folder "),
                                    {"data.train", "list "},
                                    {"data.val", "list "},
                                    {"data.class_names", "file "},
                                    {"model.init", ""}}) {
      const Outcome outcome = train("--work-dir run --set " + key + "=" + path);
      EXPECT_EQ(outcome.code, 4) << key << '\n' << outcome.err;
      const std::string told = "error: " + key + ": " + what + path + " cannot be reached (" + reason + ")";
      EXPECT_EQ(outcome.err.rfind(told, 0), 0u) << outcome.err;
    }
    const Outcome plugins = run("plugins list --plugin-dir " + path);
    EXPECT_EQ(plugins.code, 3) << plugins.err;
    EXPECT_NE(plugins.err.find("--plugin-dir " + path + ": cannot be reached: " + reason), std::string::npos)
        << plugins.err;
    EXPECT_EQ(run("report " + path).err.find("filesystem error"), std::string::npos);
  }
}

TEST_F(LinksCli, AFolderOfConfigurationsThatCannotBeReachedIsLeftOut) {
  fs::create_symlink("configs", folder_ / "configs");
  const Outcome outcome = run("config show quick.yaml");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

}  // namespace
}  // namespace longtail::testing

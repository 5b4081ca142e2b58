#include "registry/plugin/scaffold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/config/compose.h>
#include <longtail/error.h>

#include <fstream>
#include <iterator>

namespace longtail {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kTemplates = LONGTAIL_SOURCE_DIR "/registry/templates";

std::string read(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Scaffold : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "longtail_scaffold_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  void TearDown() override { fs::remove_all(path_); }

  std::string message(const std::string& kind, const std::string& name, const std::vector<std::string>& taken = {}) {
    try {
      scaffold(kTemplates, kind, name, path_, taken);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "written";
  }
  fs::path path_;
};

TEST_F(Scaffold, EveryKindHasAProject) {
  EXPECT_THAT(template_kinds(kTemplates), ElementsAre("backbone", "calibration", "loss", "paradigm", "sampler"));
  for (const std::string& kind : template_kinds(kTemplates)) {
    const fs::path folder = scaffold(kTemplates, kind, "soft_" + kind, path_);
    EXPECT_EQ(folder, path_ / ("soft_" + kind));
    for (const std::string& file : std::vector<std::string>{"CMakeLists.txt", "README.md", "soft_" + kind + ".cpp",
                                                            "soft_" + kind + "_test.cpp", "soft_" + kind + ".yaml"}) {
      const std::string text = read(folder / file);
      EXPECT_FALSE(text.empty()) << kind << " " << file;
      for (const char* placeholder : {"@name@", "@Name@", "@NAME@"}) {
        EXPECT_THAT(text, testing::Not(HasSubstr(placeholder))) << kind << " " << file;
      }
    }
    Diagnostics diagnostics;
    parse_yaml_file(folder / ("soft_" + kind + ".yaml"), diagnostics);
    EXPECT_EQ(diagnostics.text(), "");
  }
  EXPECT_THAT(read(path_ / "soft_loss" / "soft_loss.cpp"), HasSubstr("class SoftLoss final : public longtail::Loss"));
  EXPECT_THAT(read(path_ / "soft_loss" / "README.md"), testing::StartsWith("# soft loss\n"));
  for (const std::string& kind : template_kinds(kTemplates)) {  // a project that has its data and its test
    const std::string readme = read(path_ / ("soft_" + kind) / "README.md");
    EXPECT_THAT(readme, HasSubstr("\nlongtail data make-emoji --task classification --out work_dirs/quick/data "));
    EXPECT_THAT(readme, HasSubstr("`soft_" + kind + "_test.cpp`"));
  }
}

TEST_F(Scaffold, WhatIsRefused) {
  EXPECT_EQ(
      message("los", "mine"),
      "there is no kind of plugin 'los' (did you mean 'loss'?); there are: backbone, calibration, loss, paradigm, "
      "sampler");
  for (const char* name : {"", "Mine", "2fast", "my-loss", "my loss", "../mine", "_mine", "mine_"}) {
    EXPECT_EQ(message("loss", name),
              std::string("'") + name + "' is no name for a plugin: use a-z, 0-9 and _, a letter first");
  }
  EXPECT_EQ(message("loss", "seesaw", {"pcb", "seesaw"}), "there is a loss 'seesaw' already; choose another name");
  EXPECT_TRUE(fs::is_empty(path_));
}

TEST_F(Scaffold, AnExistingFolderIsLeftAlone) {
  fs::create_directory(path_ / "mine");
  EXPECT_EQ(message("loss", "mine"), (path_ / "mine").string() + " exists already; choose another name or remove it");
  EXPECT_TRUE(fs::is_empty(path_ / "mine"));
}

TEST_F(Scaffold, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(path_ / "file") << "no folder";
  try {
    scaffold(kTemplates, "loss", "mine", path_ / "file");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::other);
    EXPECT_EQ(error.what(), "cannot make the folder " + (path_ / "file" / "mine").string() +
                                ": Not a directory; name another place with --out");
  }
}

}  // namespace
}  // namespace longtail

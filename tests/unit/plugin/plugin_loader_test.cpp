#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/plugin_loader.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "registry/plugin/plugin_file.h"
#include "tests/bad_plugins/test_loss.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using test::TestLoss;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

fs::path bad(const std::string& name) { return fs::path(LONGTAIL_BAD_PLUGINS) / name / (name + ".longtail.so"); }

/// Why a file was refused, without "cannot load the plugin FILE: ".
std::string reason(const fs::path& file) {
  Catalog catalog;
  try {
    load_plugin(file, catalog);
  } catch (const PluginError& error) {
    EXPECT_TRUE(catalog.entries().empty());
    const std::string text = error.what(), head = "cannot load the plugin " + fs::absolute(file).string() + ": ";
    EXPECT_THAT(text, StartsWith(head));
    return text.substr(head.size());
  }
  return "loaded";
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "longtail_loader_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  void TearDown() override { fs::remove_all(path_); }
  fs::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  fs::path path_;
};

TEST(LoadPlugin, OffersWhatItRegistered) {
  Catalog catalog;
  load_plugin(bad("good"), catalog);
  EXPECT_THAT(catalog.names("loss"), ElementsAre("doubled", "focal"));
  EXPECT_EQ(catalog.find("loss", "focal")->file, bad("good").string());
  test::TestLossContext context;
  context.catalog = &catalog;
  context.scale = 3;
  Diagnostics diagnostics;
  const ComponentSpec spec = catalog.resolve("loss", Node::of("doubled"), diagnostics);
  EXPECT_EQ(to_flow_yaml(spec.params), "{base: {type: focal, gamma: 2.0}}");
  EXPECT_EQ(catalog.make<TestLoss>(spec, context)->value(), 12);
}

TEST(LoadPlugin, AThenBThenAAgain) {
  Catalog catalog;
  load_plugin(bad("good"), catalog);
  load_plugin(bad("second"), catalog);
  load_plugin(bad("good"), catalog);  // known already: nothing happens
  EXPECT_THAT(catalog.names("loss"), ElementsAre("doubled", "focal", "second"));
  // Two classes of one name, each in its own library.
  EXPECT_EQ(catalog.make<TestLoss>({"second"}, {})->value(), -1);
  EXPECT_EQ(catalog.make<TestLoss>({"focal"}, {})->value(), 2);

  Catalog again;
  load_plugin(bad("good"), again);
  EXPECT_EQ(again.make<TestLoss>({"focal"}, {})->value(), 2);
}

TEST(LoadPlugin, ThingsOfAPluginOutliveTheCatalog) {
  std::shared_ptr<TestLoss> loss;
  std::exception_ptr thrown;
  {
    Catalog catalog;
    load_plugin(bad("good"), catalog);
    loss = catalog.make<TestLoss>({"focal"}, {});
    try {
      test::TestLossContext negative;
      negative.scale = -1;
      catalog.make<TestLoss>({"focal"}, negative);
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  EXPECT_EQ(loss->value(), 2);
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), std::invalid_argument);
}

TEST(LoadPlugin, StrippedAndOptimisedAtLinkTime) { EXPECT_EQ(reason(bad("slim")), "loaded"); }

TEST(LoadPlugin, OtherFacts) {
  const std::string ours = "\n    plugin interface      " + std::to_string(LONGTAIL_API_VERSION) + "                 ";
  EXPECT_THAT(reason(bad("too_old")), HasSubstr(ours + "0\n"));
  EXPECT_THAT(reason(bad("too_new")), HasSubstr(ours + "99\n"));
  EXPECT_THAT(reason(bad("other_torch")), HasSubstr("\n    LibTorch              "));
  EXPECT_THAT(reason(bad("other_torch")), testing::Not(HasSubstr("plugin interface")));
  const std::string all = reason(bad("all_other"));
  for (const char* row : {"plugin interface ", "LibTorch ", "C++ standard library ", "C++11 string ABI ", "sanitizer ",
                          "machine ", "gpu "}) {
    EXPECT_THAT(all, HasSubstr(std::string("\n    ") + row));
  }
}

TEST(LoadPlugin, EntryThatFails) {
  EXPECT_EQ(reason(bad("throws")), "its entry function failed: the table of weights is missing");
  EXPECT_EQ(reason(bad("throws_number")), "its entry function threw something that is no std::exception");
  EXPECT_EQ(reason(bad("empty")), "its entry function registers nothing");
  EXPECT_EQ(reason(bad("twice")), "its entry function failed: loss 'again' is registered twice");
  EXPECT_EQ(reason(bad("bad_name")),
            "its entry function failed: 'Focal Loss' is no name for a loss: use a-z, 0-9 and _");
}

TEST(LoadPlugin, MissingParts) {
  EXPECT_EQ(reason(bad("no_marker")), "it is no longtail plugin: LONGTAIL_PLUGIN(reg) {...} is missing in its sources");
  EXPECT_EQ(reason(bad("no_entry")), "it has no entry function: LONGTAIL_PLUGIN(reg) {...} defines it");
  EXPECT_EQ(reason(bad("unresolved")),
            "it needs 'helpers::table(int)', which no library offers; link what defines it, or build the plugin again");
  EXPECT_EQ(reason(bad("needs_gone")),
            "the system cannot load it: libbad_gone.so: cannot open shared object file: No such file or directory");
}

TEST_F(Folder, FilesThatAreNoLibraries) {
  EXPECT_EQ(reason(path_ / "none.longtail.so"), "it cannot be read: No such file or directory");
  EXPECT_EQ(reason(write("text.longtail.so", "loss: focal\n")), "it is not a shared library");
  EXPECT_EQ(reason(write("empty.longtail.so", "")), "it is not a shared library");
  fs::create_directory(path_ / "folder.longtail.so");
  EXPECT_EQ(reason(path_ / "folder.longtail.so"), "it is a folder, not a plugin");
  fs::create_symlink("nowhere", path_ / "link.longtail.so");
  EXPECT_EQ(reason(path_ / "link.longtail.so"), "it cannot be read: No such file or directory");
  ASSERT_EQ(mkfifo((path_ / "pipe.longtail.so").c_str(), 0600), 0);
  EXPECT_EQ(reason(path_ / "pipe.longtail.so"), "it is no ordinary file");
  EXPECT_EQ(reason("/proc/self/exe").substr(0, 5), "it is");  // a program, perhaps position independent
}

TEST_F(Folder, UnreadableFile) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  fs::permissions(write("secret.longtail.so", "x"), fs::perms::none);
  EXPECT_EQ(reason(path_ / "secret.longtail.so"), "it cannot be read: Permission denied");
}

TEST_F(Folder, CutOffAnywhereIsRefusedPolitely) {
  std::ifstream whole(bad("good"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  EXPECT_THAT(reason(write("half.longtail.so", bytes.substr(0, bytes.size() / 4))), StartsWith("it is cut off: "));
  for (std::size_t size = 0; size < bytes.size() / 2; size += 997) {
    EXPECT_THAT(reason(write("cut.longtail.so", bytes.substr(0, size))), StartsWith("it is ")) << size;
  }
}

TEST_F(Folder, FailuresAreCollectedAndOthersLoaded) {
  write("broken.longtail.so", "text");
  write("notes.txt", "not looked at");
  write("libother.so", "not looked at");
  fs::copy_file(bad("second"), path_ / "second.longtail.so");
  fs::copy_file(bad("throws"), path_ / "throws.longtail.so");
  Catalog catalog;
  load_plugins({path_, path_ / "missing"}, catalog);
  EXPECT_THAT(catalog.names("loss"), ElementsAre("second"));
  ASSERT_EQ(catalog.failures().size(), 2u);
  EXPECT_EQ(catalog.failures()[0].file, path_ / "broken.longtail.so");
  EXPECT_EQ(catalog.failures()[0].reason, "it is not a shared library");
  EXPECT_EQ(catalog.failures()[1].file, path_ / "throws.longtail.so");
  EXPECT_THAT(catalog.searched(), ElementsAre(path_, path_ / "missing"));
}

TEST_F(Folder, TheSameNameFromTwoFilesNamesBoth) {
  fs::copy_file(bad("same_name"), path_ / "same_name.longtail.so");
  Catalog catalog;
  try {
    load_plugins({bad("good").parent_path(), path_}, catalog);
    FAIL();
  } catch (const PluginError& error) {
    EXPECT_EQ(std::string(error.what()), "loss 'focal' is offered by two plugins: " + bad("good").string() + " and " +
                                             (path_ / "same_name.longtail.so").string() +
                                             "; remove one of them from the plugin folders");
  }
  EXPECT_EQ(catalog.find("loss", "fresh"), nullptr);
}

TEST_F(Folder, OneFileThroughTwoFoldersIsOnePlugin) {
  fs::create_symlink(bad("good"), path_ / "link.longtail.so");
  Catalog catalog;
  load_plugins({bad("good").parent_path(), path_}, catalog);
  EXPECT_THAT(catalog.names("loss"), ElementsAre("doubled", "focal"));
}

class SearchPath : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    path_ = fs::canonical(path_);
  }
  void TearDown() override {
    unsetenv("LONGTAIL_PLUGIN_PATH");
    Folder::TearDown();
  }
};

TEST_F(SearchPath, Order) {
  for (const char* name : {"a", "b", "c", "d"}) fs::create_directory(path_ / name);
  const std::string variable = "::" + (path_ / "c").string() + ":" + (path_ / "a").string() + ":";
  setenv("LONGTAIL_PLUGIN_PATH", variable.c_str(), 1);
  const auto folders = plugin_search_path({path_ / "a", path_ / "b" / ".." / "a"}, {path_ / "b"});
  const fs::path of_program = fs::canonical("/proc/self/exe").parent_path().parent_path() / "lib/longtail/plugins";
  EXPECT_THAT(folders, ElementsAre(path_ / "a", path_ / "b", path_ / "c", of_program));
}

TEST_F(SearchPath, AFolderThatWasAskedForHasToExist) {
  try {
    plugin_search_path({path_ / "nowhere"}, {});
    FAIL();
  } catch (const PluginError& error) {
    EXPECT_EQ(error.what(), "--plugin-dir " + (path_ / "nowhere").string() + ": there is no such folder");
  }
  EXPECT_THROW(plugin_search_path({}, {path_ / "nowhere"}), PluginError);
}

}  // namespace
}  // namespace longtail

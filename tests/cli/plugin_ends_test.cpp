#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

/// Plugins that end the program: by exit() it would pass for a success without any output.
class PluginEndsCli : public CliTest {
 protected:
  /// A folder with nothing but this one of the bad plugins.
  std::string folder_with(const std::string& name) {
    const fs::path folder = folder_ / ("with_" + name);
    fs::create_directories(folder);
    fs::copy_file(fs::path(LONGTAIL_BAD_PLUGINS) / name / (name + ".longtail.so"), folder / (name + ".longtail.so"),
                  fs::copy_options::overwrite_existing);
    return folder.string();
  }

  void expect_refused(const std::string& name, const std::string& arguments, const std::string& call) {
    const std::string folder = folder_with(name);
    const Outcome outcome = run("--plugin-dir '" + folder + "' " + arguments);
    EXPECT_EQ(outcome.code, 3) << name << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find("the plugin " + folder + "/" + name + ".longtail.so"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(call), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
};

TEST_F(PluginEndsCli, EveryVerbSaysWhoEndedIt) {
  for (const char* verb : {"plugins list", "plugins describe", "plugins check /nowhere", "config show quick.yaml",
                           "config diff quick.yaml", "train quick.yaml --work-dir run", "doctor --no-measure",
                           "new loss mine", "eval quick.yaml --weights x.pth",
                           "predict quick.yaml --weights x a.jpg --out o", "matrix --dry-run quick/matrix"}) {
    SCOPED_TRACE(verb);
    expect_refused("exits_entry", verb, "it called exit(0) while it was being loaded; ");
  }
}

TEST_F(PluginEndsCli, HoweverItDoesIt) {
  expect_refused("exits_static", "plugins list", "it called exit(0) while it was being loaded");
  expect_refused("exits_thread", "plugins list", "it called exit(0) while it was being loaded");
  expect_refused("exits_validation", "plugins describe", "it called exit(0)");
  expect_refused("quick_exits_static", "plugins list", "it called quick_exit()");
  expect_refused("quick_exits_entry", "plugins list", "it called quick_exit()");
  expect_refused("ends_at_once_static", "plugins list", "it called _exit(0)");
  expect_refused("ends_at_once_entry", "plugins list", "it called _Exit(0)");
}

TEST_F(PluginEndsCli, ByAbortToo) {
  for (const char* name : {"aborts_static", "aborts_entry", "throws_static"}) {
    expect_refused(name, "plugins list", "error: crashed in the plugin ");
  }
}

TEST_F(PluginEndsCli, ACrashNamesThePluginAndWhatItWasAbout) {
  const std::string folder = folder_with("crashes");
  const Outcome outcome = run("--plugin-dir '" + folder + "' plugins list");
  EXPECT_EQ(outcome.code, 128 + SIGSEGV);
  EXPECT_NE(
      outcome.err.find("error: crashed in the plugin " + folder + "/crashes.longtail.so while it was being loaded"),
      std::string::npos)
      << outcome.err;
}

TEST_F(PluginEndsCli, AHeaderThatOverflowsIsAWarning) {
  const std::string folder = folder_with("good");
  const fs::path file = fs::path(folder) / "good.longtail.so";
  std::string bytes = read_file(file);
  ElfW(Ehdr) header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.e_phoff = ~decltype(header.e_phoff){0} - 8;
  std::memcpy(bytes.data(), &header, sizeof header);
  write_file(file, bytes);
  const Outcome outcome = run("--plugin-dir '" + folder + "' config show quick.yaml");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err.rfind("warning: " + fs::canonical(file).string() + ": it is ", 0), 0u) << outcome.err;
}

}  // namespace
}  // namespace longtail::testing

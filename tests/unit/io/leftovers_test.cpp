#include "core/io/leftovers.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/io/atomic_file.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using test::write_text;

/// The number of a process that has ended.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST(Leftovers, OfKilledProcessesAreRemoved) {
  const TemporaryFolder folder;
  const std::string pid = std::to_string(ended_process());
  for (const std::string name : {".epoch_0001.safetensors.", ".config.yaml.", ".a."}) {
    write_text(folder / (name + pid + "-0.tmp"), "half");
  }
  EXPECT_EQ(remove_leftovers(folder.path()), 3u);
  EXPECT_EQ(folder.files(), 0);
}

TEST(Leftovers, OfEarlierProcessesOfThisNumberToo) {
  const TemporaryFolder folder;
  write_text(folder / (".a." + std::to_string(::getpid()) + "-7.tmp"), "half");
  EXPECT_EQ(remove_leftovers(folder.path()), 1u);
}

TEST(Leftovers, WhatALivingProcessWritesStays) {
  const TemporaryFolder folder;
  write_text(folder / (".a." + std::to_string(::getppid()) + "-0.tmp"), "half");
  AtomicFile mine(folder / "b");
  mine.append("half");
  EXPECT_EQ(remove_leftovers(folder.path()), 0u);
  EXPECT_EQ(folder.files(), 2);
  mine.append("whole");
  mine.commit();
  EXPECT_EQ(test::read_text(folder / "b"), "halfwhole");
}

TEST(Leftovers, OtherFilesAndLinksStay) {
  const TemporaryFolder folder;
  const std::string pid = std::to_string(ended_process());
  const std::vector<std::string> names = {
      "a." + pid + "-0.tmp",      "." + pid + "-0.tmp", ".a." + pid + ".tmp", ".a.-1-0.tmp", ".a." + pid + "-x.tmp",
      ".a." + pid + "-0.tmp.txt", ".a.0-0.tmp",         ".swap.tmp",          "data.tmp"};
  for (const std::string& name : names) {
    write_text(folder / name, "mine");
    EXPECT_FALSE(owner_of_temporary(name)) << name;
  }
  const long before = folder.files();
  std::filesystem::create_symlink("data.tmp", folder / (".l." + pid + "-0.tmp"));
  std::filesystem::create_directory(folder / (".d." + pid + "-0.tmp"));
  EXPECT_EQ(remove_leftovers(folder.path()), 0u);
  EXPECT_EQ(folder.files(), before + 2);
  EXPECT_EQ(remove_leftovers(folder / "nowhere"), 0u);
}

TEST(Leftovers, NamesTellTheirProcess) {
  const std::string name = temporary_name("folder/epoch_0001.safetensors");
  EXPECT_EQ(owner_of_temporary(name), ::getpid()) << name;
}

}  // namespace
}  // namespace longtail

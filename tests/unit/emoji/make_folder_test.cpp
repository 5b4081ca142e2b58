#include "core/emoji/make_folder.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <longtail/error.h>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

class MakeFolder : public testing::Test {
 protected:
  void make(const fs::path& out) {
    make_folder(out.string(), [](const fs::path& folder) { fs::create_directory(folder / "made"); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(MakeFolder, ComesIntoBeingAsAWhole) {
  make(folder_ / "a" / "b");
  EXPECT_TRUE(fs::exists(folder_ / "a/b/made"));
  make((folder_ / "c").string() + '/');
  EXPECT_TRUE(fs::exists(folder_ / "c/made")) << "with a slash at its end";
  EXPECT_EQ(folder_.files(), 2);
}

TEST_F(MakeFolder, LeavesNothingWhenItFails) {
  EXPECT_THROW(make_folder((folder_ / "a").string(), [](const fs::path&) { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_EQ(folder_.files(), 0);
}

// Whatever is there, also what only looks like a left-over of an earlier call, is the user's.
TEST_F(MakeFolder, TouchesNothingThatWasThere) {
  const std::string old = "a.partial-" + std::to_string(::getpid());
  for (const std::string& name : {old, old + "-0"}) folder_.write(name + "/precious.txt", "p");
  EXPECT_THROW(make_folder((folder_ / "a").string(), [](const fs::path&) { throw std::runtime_error("no"); }),
               std::runtime_error);
  make(folder_ / "a");
  for (const std::string& name : {old, old + "-0"}) EXPECT_TRUE(fs::exists(folder_ / name / "precious.txt")) << name;
}

TEST_F(MakeFolder, RefusesLinksAndFiles) {
  fs::create_symlink("nowhere", folder_ / "link");
  folder_.write("file", "text");
  fs::create_directory(folder_ / "empty");
  for (const char* name : {"link", "file", "empty", "empty/"}) EXPECT_THROW(make(folder_ / name), DataError) << name;
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
}

TEST_F(MakeFolder, WhatComesUpInTheMeantimeIsKept) {
  const fs::path out = folder_ / "a";
  EXPECT_THROW(make_folder(out.string(), [&](const fs::path&) { folder_.write("a/precious.txt", "p"); }), DataError);
  EXPECT_TRUE(fs::exists(out / "precious.txt"));
  EXPECT_EQ(folder_.files(), 1);
}

TEST_F(MakeFolder, APlaceThatCannotBeWrittenIsOneError) {
  folder_.write("file", "text");
  try {
    make(folder_ / "file" / "below");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::other) << error.what();
  }
}

}  // namespace
}  // namespace longtail

#include "core/io/own_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/io/atomic_file.h"
#include "core/io/file_lock.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

TEST(OwnFile, GrowsAndStartsAnew) {
  const TemporaryFolder folder;
  EXPECT_TRUE(AppendFile(folder / "a").write("one\n"));
  EXPECT_TRUE(AppendFile(folder / "a").write("two\n"));
  EXPECT_EQ(read_text(folder / "a"), "one\ntwo\n");
  EXPECT_TRUE(AppendFile(folder / "a", AppendFile::Start::anew).write("new"));
  EXPECT_EQ(read_text(folder / "a"), "new");
}

TEST(OwnFile, LinksAreNotFollowedByLogsAndLocks) {
  const TemporaryFolder folder;
  write_text(folder / "precious", "data");
  for (const std::string target : {"precious", "new", "/dev/null"}) {
    std::filesystem::remove(folder / "link");
    std::filesystem::create_symlink(target, folder / "link");
    for (const auto start : {AppendFile::Start::keep, AppendFile::Start::anew}) {
      EXPECT_THAT(message_of<Error>([&] { AppendFile(folder / "link", start).write("x"); }),
                  HasSubstr("link: is a symbolic link, and what it leads to would be overwritten"));
    }
    EXPECT_THAT(message_of<Error>([&] { FileLock(folder / "link").try_lock(); }),
                HasSubstr("link: is a symbolic link"));
    EXPECT_THAT(message_of<Error>([&] { write_file_atomically(folder / "link", {"x"}, Links::refuse); }),
                HasSubstr("link: is a symbolic link"));
  }
  EXPECT_EQ(read_text(folder / "precious"), "data");
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
}

TEST(OwnFile, LinksInFoldersThatOthersCanWriteAreNotFollowed) {
  const TemporaryFolder folder;
  write_text(folder / "precious", "data");
  std::filesystem::create_symlink("precious", folder / "link");
  ::chmod(folder.path().c_str(), 01777);
  EXPECT_THAT(message_of<Error>([&] { write_file_atomically(folder / "link", {"x"}); }),
              HasSubstr("is a symbolic link that others can have made"));
  EXPECT_EQ(read_text(folder / "precious"), "data");
}

// Such as /dev/stdout of an ordinary user.
TEST(OwnFile, LinksOfRootAreFollowed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a link of root's";
  constexpr uid_t other = 65534;
  const TemporaryFolder folder;
  ::chmod(folder.path().c_str(), 0755);
  std::filesystem::create_directory(folder / "theirs");
  write_text(folder / "theirs" / "file", "before");
  ASSERT_EQ(::chown((folder / "theirs").c_str(), other, other), 0);
  std::filesystem::create_symlink("theirs/file", folder / "link");
  ASSERT_EQ(::seteuid(other), 0);
  const bool reached = ::euidaccess(folder.path().c_str(), X_OK) == 0;
  const std::string message = message_of<Error>([&] { write_file_atomically(folder / "link", {"after"}); });
  ASSERT_EQ(::seteuid(0), 0);
  if (!reached) GTEST_SKIP() << "others cannot reach " << folder.path();
  EXPECT_EQ(message, "");
  EXPECT_EQ(read_text(folder / "theirs" / "file"), "after");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

// A pipe behind /dev/stdout has no path: the link itself was replaced. A file has one, and who writes to the stream
// would not have met the new one.
TEST(OwnFile, LinksToOpenStreamsAreKept) {
  const TemporaryFolder folder;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  write_text(folder / "file", "before");
  const int file = ::open((folder / "file").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  ASSERT_GE(file, 0);
  for (const int stream : {ends[1], file}) {
    const std::string name = "/proc/self/fd/" + std::to_string(stream);
    std::filesystem::remove(folder / "link");
    std::filesystem::create_symlink(name, folder / "link");
    for (const std::string& path : {name, (folder / "link").string()}) {
      EXPECT_THAT(
          message_of<Error>([&] { write_file_atomically(path, {"x"}); }),
          HasSubstr(path + ": is an open stream, and the file that it leads to would be replaced by a new one"));
    }
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  }
  EXPECT_EQ(read_text(folder / "file"), "before");
  write_file_atomically(folder / "file", {"after"});  // no standard stream of ours
  EXPECT_EQ(read_text(folder / "file"), "after");
  for (const int descriptor : {ends[0], ends[1], file}) ::close(descriptor);
}

TEST(OwnFile, PipesAndFoldersAreNamedAndDoNotHang) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_NE(message_of<Error>([&] { AppendFile(folder / "pipe").write("x"); }), "");
  EXPECT_THAT(message_of<Error>([&] { FileLock(folder / "pipe").try_lock(); }), HasSubstr("pipe: is no ordinary file"));
  EXPECT_NE(message_of<Error>([&] { AppendFile(folder.path()).write("x"); }), "");
}

TEST(OwnFile, AFullDiskIsSaidAndNotThrown) {
  const TemporaryFolder folder;
  AppendFile file;
  EXPECT_FALSE(file.is_open());
  EXPECT_FALSE(file.write("x"));
  EXPECT_NE(file.why(), "");
}

}  // namespace
}  // namespace longtail

#include "core/io/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <string>

#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using test::read_text;
using test::TemporaryFolder;
using test::write_text;
using testing::HasSubstr;

/// Fails at one kind of call, and notes the order of the calls.
class FaultyFileSystem : public FileSystem {
 public:
  std::string fault;
  int reason = ENOSPC;
  long take = -1;  // what write() takes at most
  std::string calls;

  int open_new(const std::string& path) override { return fails("open") ? -reason : FileSystem::open_new(path); }
  long write(int descriptor, const char* data, std::size_t size) override {
    if (fails("write")) return -reason;
    return FileSystem::write(descriptor, data, take > 0 ? std::min<std::size_t>(size, take) : size);
  }
  int sync(int descriptor) override { return fails("sync") ? -reason : FileSystem::sync(descriptor); }
  int close(int descriptor) override {
    const int status = FileSystem::close(descriptor);
    return fails("close") ? -reason : status;
  }
  int rename(const std::string& from, const std::string& to) override {
    return fails("rename") ? -reason : FileSystem::rename(from, to);
  }
  int sync_folder(const std::string& path) override {
    return fails("folder") ? -reason : FileSystem::sync_folder(path);
  }

 private:
  bool fails(const std::string& call) {
    calls += call + " ";
    return call == fault;
  }
};

TEST(AtomicFile, WritesPartsInOrderAndMakesThemDurableBeforeTheName) {
  TemporaryFolder folder;
  FaultyFileSystem files;
  write_file_atomically(folder / "a", {"one", "", "two"}, files);
  EXPECT_EQ(read_text(folder / "a"), "onetwo");
  EXPECT_EQ(files.calls, "open write write sync close rename folder ");
  EXPECT_EQ(folder.files(), 1);
}

TEST(AtomicFile, ReplacesAFile) {
  TemporaryFolder folder;
  write_text(folder / "a", "old and longer");
  write_file_atomically(folder / "a", {"new"});
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_EQ(folder.files(), 1);
}

TEST(AtomicFile, GoesOnAfterShortWrites) {
  TemporaryFolder folder;
  FaultyFileSystem files;
  files.take = 3;
  write_file_atomically(folder / "a", {"0123456789", "ab"}, files);
  EXPECT_EQ(read_text(folder / "a"), "0123456789ab");
}

TEST(AtomicFile, AnyFailureKeepsTheOldFileAndLeavesNothingBehind) {
  for (const std::string fault : {"open", "write", "sync", "close", "rename"}) {
    TemporaryFolder folder;
    write_text(folder / "a", "old");
    FaultyFileSystem files;
    files.fault = fault;
    const auto message = message_of<Error>([&] { write_file_atomically(folder / "a", {"new"}, files); });
    EXPECT_THAT(message, HasSubstr((folder / "a").string())) << fault;
    EXPECT_THAT(message, HasSubstr("No space left on device")) << fault;
    EXPECT_THAT(message, HasSubstr("free some space")) << fault;
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_EQ(read_text(folder / "a"), "old") << fault;
    EXPECT_EQ(folder.files(), 1) << fault;
  }
}

TEST(AtomicFile, WithoutCommitNothingAppears) {
  TemporaryFolder folder;
  { AtomicFile(folder / "a").append("half"); }
  EXPECT_EQ(folder.files(), 0);
}

TEST(AtomicFile, NamesAMissingFolder) {
  TemporaryFolder folder;
  const auto message = message_of<Error>([&] { write_file_atomically(folder / "no/a", {"x"}); });
  EXPECT_THAT(message, HasSubstr("No such file or directory; create the folder first"));
}

TEST(AtomicFile, RefusesTheNameOfAFolder) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  EXPECT_THAT(message_of<Error>([&] { write_file_atomically(folder / "sub", {"x"}); }), HasSubstr("a folder has this"));
  EXPECT_THAT(message_of<Error>([&] { write_file_atomically(folder / "sub/", {"x"}); }), HasSubstr("a folder has"));
  EXPECT_EQ(folder.files(), 1);
}

TEST(AtomicFile, LongNamesWork) {
  TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder / name, {"x"});
  EXPECT_EQ(read_text(folder / name), "x");
}

TEST(AtomicFile, NamesTheRightThatLacks) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  TemporaryFolder folder;
  ::chmod(folder.path().c_str(), 0500);
  const auto message = message_of<Error>([&] { write_file_atomically(folder / "a", {"x"}); });
  ::chmod(folder.path().c_str(), 0700);
  EXPECT_THAT(message, HasSubstr("Permission denied; get the right to write there"));
}

// The kernel's own refusal: first a short write, then an error.
TEST(AtomicFile, AFullDiskIsOneClearLine) {
  TemporaryFolder folder;
  write_text(folder / "a", "old");
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit low = before;
  low.rlim_cur = 4096;
  ::setrlimit(RLIMIT_FSIZE, &low);
  const std::string large(10000, 'x');
  const auto message = message_of<Error>([&] { write_file_atomically(folder / "a", {large}); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr("cannot write the file after 4096 bytes: File too large"));
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_EQ(folder.files(), 1);
}

TEST(AtomicFile, WritesWhatALinkLeadsTo) {
  const TemporaryFolder folder;
  write_text(folder.path() / "real.txt", "before");
  std::filesystem::create_symlink("real.txt", folder.path() / "link.txt");
  write_file_atomically(folder.path() / "link.txt", {"after"});
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "link.txt"));
  EXPECT_EQ(read_text(folder.path() / "real.txt"), "after");
}

TEST(AtomicFile, LeavesDevicesAlone) {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(write_file_atomically(pipe, {"text"}), Error);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

}  // namespace
}  // namespace longtail

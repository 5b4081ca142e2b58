#include "core/io/file_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/error.h>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;

/// Runs `body` in another process and waits for it.
template <class Body>
void in_another_process(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(FileLock, OneHolderAtATime) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "new" / "a.lock";
  {
    FileLock mine(file);
    ASSERT_TRUE(mine.try_lock());
    const std::string own = std::to_string(::getpid());
    in_another_process([&] {
      FileLock other(file);
      return !other.try_lock() && other.holder() == own ? 0 : 1;
    });
  }
  in_another_process([&] { return FileLock(file).try_lock() ? 0 : 1; });
}

TEST(FileLock, EndsWithItsHolder) {
  const TemporaryFolder folder;
  in_another_process([&] { return FileLock(folder.path() / "a.lock").try_lock() ? 0 : 1; });
  EXPECT_TRUE(FileLock(folder.path() / "a.lock").try_lock());
}

TEST(FileLock, AFolderInUseIsAnErrorThatNamesTheProcess) {
  const TemporaryFolder folder;
  const FileLock mine = lock_folder(folder.path());
  std::string said;
  try {
    lock_folder(folder.path(), 0.15, [&](const std::string& line) { said += line; });
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_THAT(said, HasSubstr("waiting for process " + std::to_string(::getpid())));
}

TEST(FileLock, APlaceThatCannotBeWrittenIsAnError) { EXPECT_THROW(FileLock("/proc/nowhere/a.lock"), Error); }

}  // namespace
}  // namespace longtail

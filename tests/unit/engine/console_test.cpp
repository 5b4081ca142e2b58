#include "core/engine/console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace longtail {
namespace {

TEST(Console, DurationsReadLikeAClock) {
  EXPECT_EQ(format_duration(0), "0:00");
  EXPECT_EQ(format_duration(272), "4:32");
  EXPECT_EQ(format_duration(3723.4), "1:02:03");
  EXPECT_EQ(format_duration(-1), "-");
}

TEST(Console, BarsHaveTheirWidth) {
  EXPECT_EQ(progress_bar(0, 10), "[>         ]");
  EXPECT_EQ(progress_bar(0.5, 10), "[=====>    ]");
  EXPECT_EQ(progress_bar(1, 10), "[==========]");
  EXPECT_EQ(progress_bar(2, 10), "[==========]");
}

TEST(Console, KnowsItsMemory) { EXPECT_GT(resident_memory(), 1 << 20); }

/// While it lives, stderr is something else.
class OtherStderr {
 public:
  explicit OtherStderr(int descriptor) : saved_(::dup(STDERR_FILENO)) { ::dup2(descriptor, STDERR_FILENO); }
  ~OtherStderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  OtherStderr(const OtherStderr&) = delete;
  OtherStderr& operator=(const OtherStderr&) = delete;

 private:
  int saved_;
};

class TerminalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) GTEST_SKIP() << "no terminals here";
    terminal_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    if (terminal_ < 0) GTEST_SKIP() << "no terminals here";
  }
  void TearDown() override {
    ::unsetenv("COLUMNS");
    if (terminal_ >= 0) ::close(terminal_);
    if (master_ >= 0) ::close(master_);
  }

  void resize(int columns) {
    struct winsize size = {};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(columns);
    ASSERT_EQ(::ioctl(terminal_, TIOCSWINSZ, &size), 0);
  }

  int master_ = -1, terminal_ = -1;
};

TEST_F(TerminalTest, TheWidthIsThatOfTheTerminal) {
  ::setenv("COLUMNS", "50", 1);
  resize(90);
  const OtherStderr screen(terminal_);
  EXPECT_EQ(terminal_width(), 90);
  resize(5);
  EXPECT_EQ(terminal_width(), 20);
  resize(0);  // a terminal that does not know
  EXPECT_EQ(terminal_width(), 50);
}

TEST_F(TerminalTest, WithoutATerminalItIsWhatTheEnvironmentSaysOrTheUsual) {
  const int nothing = ::open("/dev/null", O_WRONLY);
  const OtherStderr away(nothing);
  ::close(nothing);
  ::setenv("COLUMNS", "100", 1);
  EXPECT_EQ(terminal_width(), 100);
  ::setenv("COLUMNS", "wide", 1);
  EXPECT_EQ(terminal_width(), 80);
  ::unsetenv("COLUMNS");
  EXPECT_EQ(terminal_width(), 80);
}

TEST_F(TerminalTest, AProgressLineDoesNotWrap) {
  resize(40);
  {
    const OtherStderr screen(terminal_);
    Console().progress(std::string(200, 'x'));
  }
  char shown[512];
  const auto size = ::read(master_, shown, sizeof shown);
  ASSERT_GT(size, 0);
  EXPECT_EQ(std::count(shown, shown + size, 'x'), 39);
}

TEST(Console, GoesOnWhereNothingCanBeWritten) {
  const int full = ::open("/dev/full", O_WRONLY);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  const OtherStderr away(full);
  ::close(full);
  EXPECT_NO_THROW(Console().line("nobody reads this"));
}

}  // namespace
}  // namespace longtail

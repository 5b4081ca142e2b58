#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

/// Exit code of a program into which a library that takes SIGHUP is loaded, and that gets one at its end.
int ends_with(sighandler_t hang_up) {
  const std::string preload = std::string("LD_PRELOAD=") + LONGTAIL_TAKES_HANGUP;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGHUP, hang_up);
    ::execl("/usr/bin/env", "env", preload.c_str(), LONGTAIL_BINARY, "--version", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(PreloadCli, NohupIsRespectedWhateverALibraryTakesForItself) {
  EXPECT_EQ(ends_with(SIG_IGN), 0);
  EXPECT_EQ(ends_with(SIG_DFL), 130);
}

}  // namespace
}  // namespace longtail::testing

#include "apps/ignored_signals.h"

#include <signal.h>

#include <array>
#include <cstddef>

namespace longtail::app {
namespace {

constexpr std::array<int, 8> kSignals = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2};
std::array<bool, kSignals.size()> ignored;

void look(int, char**, char**) {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action = {};
    ignored[i] = ::sigaction(kSignals[i], nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
  }
}

#ifdef __ELF__
// A program's own functions that run before the constructors of its libraries.
__attribute__((section(".preinit_array"), used)) void (*look_first)(int, char**, char**) = look;
#endif

}  // namespace

void ignore_what_the_caller_ignored() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (ignored[i]) ::signal(kSignals[i], SIG_IGN);
  }
}

}  // namespace longtail::app

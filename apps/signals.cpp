#include "apps/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstring>
#include <iterator>

#include <longtail/error.h>

#include "core/engine/trainer.h"
#include "core/system/blas.h"

namespace longtail::app {
namespace {

constexpr int kStopping[] = {SIGINT, SIGTERM, SIGHUP};
constexpr std::size_t kCount = std::size(kStopping);
bool ignored_at_start[kCount];

/// Runs before the constructors of all libraries. Some of them take signals when they are loaded (UCX, which LibTorch
/// of Debian 13 brings along, takes SIGHUP), and main() could no longer tell what the caller had ignored. Nothing is
/// ready at this moment, no sanitizer either: the system call itself, and no calls but that.
__attribute__((no_sanitize("address"), no_sanitize("undefined"))) void note_ignored_signals(int, char**, char**) {
  for (std::size_t i = 0; i < kCount; ++i) {
    constexpr std::size_t bytes_of_signal_set = 8;
    unsigned long action[16] = {};  // the kernel's struct begins with the handler; 1 is SIG_IGN
    if (::syscall(SYS_rt_sigaction, kStopping[i], nullptr, action, bytes_of_signal_set) != 0) continue;
    ignored_at_start[i] = action[0] == 1;
  }
}

__attribute__((section(".preinit_array"), used)) void (*const at_start)(int, char**, char**) = note_ignored_signals;

// The handlers do only what is safe in one.

[[noreturn]] void end(const char* message) {
  const bool told = ::write(STDERR_FILENO, message, std::strlen(message)) > 0;
  static_cast<void>(told);
  ::_exit(static_cast<int>(ExitCode::interrupted));
}

void end_at_once(int) { end("error: interrupted\n"); }

// OpenBLAS asks for its buffers again and again where there is no room for one.
constexpr unsigned kPatience = 20;  // seconds in which a step must end that may be waiting for one in vain

unsigned signs_at_alarm = 0;

void end_a_stuck_step(int) {
  if (Trainer::stop_seen() || !lacks_room_for_blas_buffers()) return;
  const unsigned signs = Trainer::signs_of_life();
  if (signs != signs_at_alarm) {
    signs_at_alarm = signs;
    ::alarm(kPatience);
    return;
  }
  end("error: interrupted without a checkpoint: the step under way does not end, because `ulimit -v` leaves no address "
      "space; raise it\n");
}

void stop_gently(int) {
  if (Trainer::stop_requested()) ::_exit(static_cast<int>(ExitCode::interrupted));
  Trainer::stop_requested() = true;
  signs_at_alarm = Trainer::signs_of_life();
  if (lacks_room_for_blas_buffers()) ::alarm(kPatience);
}

void handle(void (*handler)(int)) {
  for (const int number : kStopping) {
    if (!was_ignored(number)) std::signal(number, handler);
  }
}

}  // namespace

void keep_inherited_signals() {
  for (const int number : kStopping) {
    if (was_ignored(number)) std::signal(number, SIG_IGN);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool was_ignored(int number) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (kStopping[i] == number) return ignored_at_start[i];
  }
  return false;
}

void end_at_once_on_signals() { handle(end_at_once); }

void stop_gently_on_signals() {
  std::signal(SIGALRM, end_a_stuck_step);
  handle(stop_gently);
}

}  // namespace longtail::app

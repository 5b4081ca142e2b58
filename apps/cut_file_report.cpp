#include "apps/cut_file_report.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include <longtail/error.h>

#include "core/io/mappings.h"

namespace longtail::app {
namespace {

struct sigaction crash_report;

void say(const char* text) {
  const bool told = ::write(STDERR_FILENO, text, std::strlen(text)) > 0;
  static_cast<void>(told);
}

void on_bus_error(int number, siginfo_t* facts, void* context) {
  if (const char* file = mapped_file_at(facts->si_addr)) {
    say("error: ");
    say(file);
    say(": was cut while it was being read, or the disk cannot give it; leave files alone while longtail reads them, "
        "and "
        "start again\n");
    ::_exit(static_cast<int>(ExitCode::data));
  }
  if ((crash_report.sa_flags & SA_SIGINFO) != 0) return crash_report.sa_sigaction(number, facts, context);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

}  // namespace

void report_cut_files() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigaction(SIGBUS, &action, &crash_report);
}

}  // namespace longtail::app

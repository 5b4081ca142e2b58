#include "apps/crash_report.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include <absl/debugging/failure_signal_handler.h>
#include <absl/debugging/symbolize.h>

namespace longtail::app {
namespace {

/// `text` is a piece of the report, or null after the last one. Only what is safe in a signal handler.
void write_report(const char* text) {
  if (text == nullptr) {
    text =
        "error: crashed; the first function above with a name is where. Is it a plugin's? `longtail plugins check` "
        "runs each by itself\n";
  }
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

}  // namespace

void report_crashes(const char* program) {
#if !defined(__SANITIZE_ADDRESS__)  // it has a report of its own
  absl::InitializeSymbolizer(program);
  absl::FailureSignalHandlerOptions options;
  options.writerfn = write_report;
  struct sigaction at_end = {};
  ::sigaction(SIGTERM, nullptr, &at_end);
  absl::InstallFailureSignalHandler(options);
  ::sigaction(SIGTERM, &at_end, nullptr);  // being told to end is no failure
#else
  (void)program;
#endif
}

}  // namespace longtail::app

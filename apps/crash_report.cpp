#include "apps/crash_report.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include <absl/debugging/failure_signal_handler.h>
#include <absl/debugging/symbolize.h>

namespace longtail::app {
namespace {

/// Called with the pieces of the report, which stderr has already, and with null at the end. Only what is safe in a
/// signal handler.
void write_advice(const char* piece) {
  if (piece != nullptr) return;
  constexpr const char* advice =
      "error: crashed; the first function above with a name is where. Is it a plugin's? `longtail plugins check` runs "
      "each by itself\n";
  if (::write(STDERR_FILENO, advice, std::strlen(advice)) < 0) return;
}

}  // namespace

void report_crashes(const char* program) {
#if !defined(__SANITIZE_ADDRESS__)  // it has a report of its own
  absl::InitializeSymbolizer(program);
  absl::FailureSignalHandlerOptions options;
  options.writerfn = write_advice;
  struct sigaction at_end = {};
  ::sigaction(SIGTERM, nullptr, &at_end);
  absl::InstallFailureSignalHandler(options);
  ::sigaction(SIGTERM, &at_end, nullptr);  // being told to end is no failure
#else
  (void)program;
#endif
}

}  // namespace longtail::app

#include "apps/crash_report.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include <absl/debugging/failure_signal_handler.h>
#include <absl/debugging/symbolize.h>

#include <longtail/error.h>

#include "apps/early_exit.h"
#include "registry/plugin/plugin_call.h"

namespace longtail::app {
namespace {

/// All below is only what is safe in a signal handler.
bool write_piece(const char* text) { return ::write(STDERR_FILENO, text, std::strlen(text)) >= 0; }

bool write_plugin(const PluginSuspect& plugin) {
  if (plugin.file == nullptr) {
    return write_piece(
        "error: crashed; the first function above with a name is where. Is it a plugin's? `longtail plugins check` "
        "runs each by itself\n");
  }
  bool good = write_piece("error: crashed in the plugin ") && write_piece(plugin.file);
  if (plugin.doing != nullptr) good = good && write_piece(" while it ") && write_piece(plugin.doing);
  return good && write_piece(
                     "; the first function above with a name is where. Build it again, or remove it from the plugin "
                     "folders\n");
}

/// Called with the pieces of the report, which stderr has already, and with null at the end.
void write_advice(const char* piece) {
  static volatile std::sig_atomic_t aborted = 0;
  if (piece != nullptr) {
    if (std::strstr(piece, "SIGABRT") != nullptr) aborted = 1;
    return;
  }
  const PluginSuspect plugin = running_plugin();
  if (!write_plugin(plugin)) return;
  // A plugin that gives up by abort() is a plugin that is refused; of other signals the caller learns the number.
  if (plugin.file != nullptr && aborted != 0) end_now(static_cast<int>(ExitCode::plugin));
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

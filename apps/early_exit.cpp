#include "apps/early_exit.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include <longtail/error.h>

#include "registry/plugin/plugin_call.h"

namespace longtail::app {
namespace {

std::atomic<bool> exit_is_expected{false};

[[noreturn]] void tell_and_end(const std::string& call, const PluginSuspect& plugin, int code) {
  std::string text = fmt::format("error: a library ended the program: it called {}\n", call);
  if (plugin.file != nullptr) {
    const std::string when = plugin.doing != nullptr ? fmt::format(" while it {}", plugin.doing) : "";
    text = fmt::format(
        "error: the plugin {} ended the program: it called {}{}; remove it from the plugin folders, or let it throw an "
        "exception instead\n",
        plugin.file, call, when);
    code = static_cast<int>(ExitCode::plugin);
  }
  const bool told = ::write(STDERR_FILENO, text.data(), text.size()) > 0;
  static_cast<void>(told);
  end_now(code != 0 ? code : static_cast<int>(ExitCode::other));
}

void on_exit_called(int code, void*) {
  if (!exit_is_expected) tell_and_end(fmt::format("exit({})", code), running_plugin(), code);
}

void on_quick_exit_called() {
  if (!exit_is_expected) tell_and_end("quick_exit()", running_plugin(), 0);
}

}  // namespace

void report_early_exits() {
  running_plugin();  // the first walk over the stack loads what it needs
  ::on_exit(on_exit_called, nullptr);
  std::at_quick_exit(on_quick_exit_called);
}

void expect_exit() { exit_is_expected = true; }

void end_now(int code) {
  for (;;) ::syscall(SYS_exit_group, code);
}

}  // namespace longtail::app

#if !defined(__SANITIZE_ADDRESS__)  // it has functions of these names
// A plugin finds these before the C library's, which run no handler. From everybody else they mean what they say.
namespace {

[[noreturn]] void end_for(const void* caller, const char* name, int code) {
  const longtail::PluginSuspect plugin = longtail::plugin_of(caller);
  if (plugin.file != nullptr) longtail::app::tell_and_end(fmt::format("{}({})", name, code), plugin, code);
  longtail::app::end_now(code);
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) void _exit(int code) { end_for(__builtin_return_address(0), "_exit", code); }
__attribute__((visibility("default"))) void _Exit(int code) noexcept {
  end_for(__builtin_return_address(0), "_Exit", code);
}
}
#endif

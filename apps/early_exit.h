#pragma once

namespace longtail::app {

/// From here on until expect_exit() an end of the program that is not ours, by exit(), quick_exit() or _exit() in a
/// plugin or another library, is told, and gives a code of failure: it would pass for success otherwise.
void report_early_exits();

/// main() is about to return.
void expect_exit();

/// Ends the program at once, past all handlers.
[[noreturn]] void end_now(int code);

}  // namespace longtail::app

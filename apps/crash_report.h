#pragma once

namespace longtail::app {

/// From here on a crash, of a plugin for instance, prints the functions it happened in before it ends the program.
void report_crashes(const char* program);

}  // namespace longtail::app

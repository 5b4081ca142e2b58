#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace longtail::app {

/// What is wrong with the words of a command line, with the verb or option that was probably meant; one line a mistake.
/// Empty where CLI11 says it well enough itself.
std::string usage_error(const CLI::App& cli, int argc, const char* const* argv);

}  // namespace longtail::app

#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace longtail::app {

// How the words of a command line are read, and what is told about mistakes in them before any work begins.

/// `--set a=1 b.c=2` with a `--set` for every pair: for words of the form name.path=value that directly follow one. (A
/// file called like that is written ./a=1.)
std::vector<std::string> spread_sets(const std::vector<std::string>& words);

/// Why CLI11 refused the words (without the program's name): a line a mistake, each starting with "error: ". Unknown
/// verbs and options are told all at once, with the one that was probably meant; anything else in CLI11's words.
std::string usage_error(const CLI::App& cli, const std::vector<std::string>& words, const CLI::ParseError& refusal);

/// Throws Error where no file can be written as `file`, the value of `option`: its folder is missing or closed to us,
/// a folder has its name, or what has it may not be replaced (why_not_replaced()). "" is fine.
void require_place_for(const std::string& option, const std::filesystem::path& file);

/// Makes the folder that `option` names, if need be; Error where there can be none, or none that we may write in. "" is
/// fine.
void make_output_folder(const std::string& option, const std::filesystem::path& folder);

}  // namespace longtail::app

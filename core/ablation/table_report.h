#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace longtail {

/// The page about tables, given by their folders: measured beside paper, curves of the rows, and how each was made.
std::string tables_report(const std::vector<std::filesystem::path>& folders);

}  // namespace longtail

#pragma once

#include <filesystem>
#include <string>

namespace longtail {

/// The page about one run: its metrics, curves, classes and confusions, and how it was made.
std::string run_report(const std::filesystem::path& run_folder);

}  // namespace longtail

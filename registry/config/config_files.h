#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <longtail/export.h>

namespace longtail {

/// The file that `name` means: as it is, or with .yaml or .yml; empty where there is none.
LONGTAIL_API std::filesystem::path find_config(const std::filesystem::path& name);

/// " (did you mean 'models/mask_rcnn'?)" among the configurations below `folders`, or "". `prefix` comes before the
/// suggestion.
std::string suggest_config(const std::string& name, const std::vector<std::filesystem::path>& folders,
                           const std::string& prefix = "");

}  // namespace longtail

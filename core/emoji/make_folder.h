#pragma once

#include <longtail/export.h>

#include <filesystem>
#include <functional>
#include <string>

namespace longtail {

/// Throws DataError where `out` exists.
LONGTAIL_API void require_new_folder(const std::string& out);

/// Calls make(folder) with a folder of another name, which becomes `out` when it is whole: an interrupted run leaves
/// nothing that looks like a data set. Throws Error where the place cannot be written.
LONGTAIL_API void make_folder(const std::string& out, const std::function<void(const std::filesystem::path&)>& make);

}  // namespace longtail

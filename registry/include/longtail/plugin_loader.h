#pragma once

#include <longtail/catalog.h>
#include <longtail/export.h>

#include <filesystem>
#include <string>
#include <vector>

namespace longtail {

/// Folders to search for "*.longtail.so", first to last: `given` (--plugin-dir), `from_config` (plugin_path: of the
/// YAML), $LONGTAIL_PLUGIN_PATH (':' between folders), <folder of the executable>/../lib/longtail/plugins. Never the
/// current folder. Folders are made absolute and named once.
LONGTAIL_API std::vector<std::filesystem::path> plugin_search_path(
    const std::vector<std::filesystem::path>& given, const std::vector<std::filesystem::path>& from_config);

/// Loads every plugin of these folders into `catalog`, in sorted order. A file that cannot be used becomes a
/// Catalog::Failure; two files that offer the same kind and name are a PluginError. Loaded libraries are kept for ever:
/// closing one while its autograd nodes or exceptions live would crash.
LONGTAIL_API void load_plugins(const std::vector<std::filesystem::path>& folders, Catalog& catalog);

/// Loads one file; throws PluginError with the reason (unreadable, no marker, built for other versions: both columns
/// and what to do, unresolved symbols, its entry threw).
LONGTAIL_API void load_plugin(const std::filesystem::path& file, Catalog& catalog);

}  // namespace longtail

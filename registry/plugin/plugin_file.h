#pragma once

#include <longtail/export.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longtail {

/// Whether a file is called like a plugin, NAME.longtail.so.
bool is_plugin_name(std::string_view file);

/// The facts of plugin_abi.h in the order they are written: {"api", "1"}, {"libtorch", "1.13.0"}, ...
using AbiFacts = std::vector<std::pair<std::string, std::string>>;

/// "key=value;..." taken apart.
AbiFacts parse_abi_facts(const std::string& text);
/// Those of this program.
AbiFacts host_abi_facts();

/// Reads the facts from a plugin's file without opening it as a library. Throws PluginError with the reason (without
/// the file's name): a folder, unreadable, no shared library, cut off before or meanwhile, without a marker.
LONGTAIL_API AbiFacts read_abi_facts(const std::filesystem::path& file);

/// "" where a plugin with these facts can be loaded; otherwise every difference in two columns, and what to do.
LONGTAIL_API std::string abi_differences(const AbiFacts& host, const AbiFacts& plugin);

}  // namespace longtail

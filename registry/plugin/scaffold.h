#pragma once

#include <longtail/export.h>

#include <filesystem>
#include <string>
#include <vector>

namespace longtail {

/// Folder with a template project for each kind of plugin: <exe>/../share/longtail/templates. Throws Error where the
/// program was moved without it.
LONGTAIL_API std::filesystem::path template_folder();

/// Kinds there is a template for, sorted: "backbone", "loss", ...
LONGTAIL_API std::vector<std::string> template_kinds(const std::filesystem::path& templates);

/// Writes the project of a new plugin into `parent`/`name` and returns that folder. In names and contents of the
/// template's files @name@ becomes the name, "soft_focal", @Name@ the class, "SoftFocal", and @NAME@ the words, "soft
/// focal". Throws ConfigError for an unknown kind, a name that is no C++ identifier or is known to `taken`, and a
/// folder that exists; then nothing has been written. Throws Error where files or folders cannot be made.
LONGTAIL_API std::filesystem::path scaffold(const std::filesystem::path& templates, const std::string& kind,
                                            const std::string& name, const std::filesystem::path& parent,
                                            const std::vector<std::string>& taken = {});

}  // namespace longtail

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace longtail {

/// A name for a file that is being written, beside the one it will become: hidden, and unlike the names of other
/// processes and threads. Who writes it holds it with flock() until then.
std::string temporary_name(const std::filesystem::path& path);
/// The process that such a name tells of; nothing for all other names.
std::optional<pid_t> owner_of_temporary(std::string_view name);

/// Removes from the folder, not from those in it, what killed processes left behind under such names; returns how many
/// files. What a living process writes stays, and what may be one's: a number can also be that of a process on another
/// machine, so the file must be free of its lock, too.
std::size_t remove_leftovers(const std::filesystem::path& folder);

}  // namespace longtail

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace longtail {

/// A stable name for some bytes, 32 hexadecimal digits (from their SHA-1): the same on every machine, in every build
/// and run. Not meant against forgery.
std::string fingerprint(std::string_view text);
/// Of the bytes of a file, not its name. Throws DataError if it cannot be read.
std::string fingerprint_file(const std::filesystem::path& path);

}  // namespace longtail

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace longtail {

/// Whether bytes begin as those of gzip do.
bool is_gzip(std::string_view bytes);

/// What gzip bytes unpack to, several members one after the other. `file` is what they were read from, for messages.
/// Throws DataError: cut, damaged, or so much more than was packed that it cannot be meant.
std::string gunzip(std::string_view packed, const std::filesystem::path& file);

}  // namespace longtail

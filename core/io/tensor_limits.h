#pragma once

#include <fmt/format.h>
#include <longtail/error.h>

#include <cstddef>
#include <filesystem>

namespace longtail {

/// The largest published models have some 100,000 tensors in all their files together; a hostile file can have millions
/// of empty ones, of half a kB of memory each. Throws DataError.
inline void check_tensor_count(const std::filesystem::path& path, std::size_t count) {
  constexpr std::size_t most = 200'000;
  if (count <= most) return;
  throw DataError(
      fmt::format("{}: holds more than {} tensors; it is damaged or was made to take memory", path.string(), most));
}

}  // namespace longtail

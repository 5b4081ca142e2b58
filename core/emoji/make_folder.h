#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace longtail {

/// Throws DataError where `out` exists.
LONGTAIL_API void require_new_folder(const std::string& out);

/// Calls make(folder) with a folder of another name, which becomes `out` when it is whole: an interrupted run leaves
/// nothing that looks like a data set. Throws Error where the place cannot be written.
LONGTAIL_API void make_folder(const std::string& out, const std::function<void(const std::filesystem::path&)>& make);

/// Runs work(0), ..., work(count - 1) on `threads` threads (0: one for each core), in no particular order. Rethrows
/// what one of them threw; then some may not have run.
LONGTAIL_API void run_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace longtail

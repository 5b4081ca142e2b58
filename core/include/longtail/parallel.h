#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <functional>

namespace longtail {

/// body(begin, end) on parts of [begin, end) of at least `grain`, in LibTorch's threads. Use this and not
/// at::parallel_for, whose template runs serially wherever the compiler was not told of OpenMP. An exception of the
/// body reaches the caller.
LONGTAIL_API void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                               const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <functional>

namespace longtail {

/// How many threads do `count` pieces of work: `threads`, or one for each available core where it is 0.
LONGTAIL_API int workers_for(std::int64_t count, int threads);

/// Calls work(i, worker) for each i in [0, count), from several threads; `worker` in [0, workers_for(count, threads))
/// is never shared by two calls at a time. An error stops the rest; of several the one with the smallest i is thrown.
LONGTAIL_API void for_each_piece(std::int64_t count, int threads, const std::function<void(std::int64_t, int)>& work);

/// The same, and after work(i, worker) the same thread calls finish(i, worker): one at a time, in ascending order of i.
/// Of several errors the one with the smallest i is thrown; nothing after it is finished.
LONGTAIL_API void for_each_in_order(std::int64_t count, int threads, const std::function<void(std::int64_t, int)>& work,
                                    const std::function<void(std::int64_t, int)>& finish);

}  // namespace longtail

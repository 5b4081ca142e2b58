#pragma once

#include <longtail/export.h>

namespace longtail {

/// Fits the process to the machine; once, before the first tensor. Threads of LibTorch and of BLAS: `threads`, or
/// $OMP_NUM_THREADS when it is 0, or all available cores (LibTorch alone starts with 1 on two hyperthreads). malloc
/// keeps the memory of large tensors, which otherwise goes back to the kernel and is faulted in anew at each step.
/// OpenCV works in the calling thread only: the loader has threads of its own.
LONGTAIL_API void tune_process(int threads = 0);

/// The number of threads tune_process(threads) will set.
LONGTAIL_API int choose_threads(int threads);

}  // namespace longtail

#pragma once

#include <longtail/export.h>

namespace longtail {

/// For every verb that computes, before it prints or starts threads: adopt_environment(), then tune_process(threads)
/// and reserve_blas_buffers().
LONGTAIL_API void prepare_process(int threads = 0);

/// Some libraries read their environment variables when they are loaded: setting them later does nothing. Where one is
/// missing, restarts the program, same arguments, with it set; then this does not return. At most once; what the user
/// has set stays; children inherit the variables and need no restart. The variables:
/// - OPENBLAS_CORETYPE, where OpenBLAS chose kernels below this CPU (blas_environment());
/// - GOMP_SPINCOUNT=3000, unless it or OMP_WAIT_POLICY is set. A waiting OpenMP thread spins some 300,000 times before
///   it sleeps: with any other busy process, or the loader's own threads, on the same cores a step took four times as
///   long as with 3,000; on quiet cores the two did not differ measurably (OMP_WAIT_POLICY=PASSIVE lost 5 %).
LONGTAIL_API void adopt_environment();

/// Fits the process to the machine; once, before the first tensor. Threads of LibTorch and of BLAS: `threads`, or
/// $OMP_NUM_THREADS when it is 0, or all available cores (LibTorch alone starts with 1 on two hyperthreads). malloc
/// keeps the memory of large tensors, which otherwise goes back to the kernel and is faulted in anew at each step.
/// OpenCV works in the calling thread only: the loader has threads of its own.
LONGTAIL_API void tune_process(int threads = 0);

/// The number of threads tune_process(threads) will set.
LONGTAIL_API int choose_threads(int threads);

}  // namespace longtail

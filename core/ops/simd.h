#pragma once

/// Before a function of plain loops: compiled for AVX-512, AVX2 and the baseline, and chosen when the library is
/// loaded. Without fused multiply-adds, which ISO C++ mode does not contract to, all of them give the same bits.
/// Sanitizers run before their own start in the functions that choose, so they get the baseline.
#if defined(__x86_64__) && defined(__linux__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define LONGTAIL_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define LONGTAIL_SIMD
#endif

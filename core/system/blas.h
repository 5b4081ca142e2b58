#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/system/cpu.h"

namespace longtail {

enum class BlasKind { openblas, mkl, blis, reference, other };

/// The library that answers LibTorch's sgemm in this process.
struct BlasFacts {
  BlasKind kind = BlasKind::other;
  std::string file;    // with links resolved; "" when sgemm is not visible (linked into LibTorch itself)
  std::string config;  // OpenBLAS: its build options, with the version; MKL: its version
  std::string core;    // OpenBLAS: the CPU whose kernels it runs, such as "Haswell"
  int threads = 0;     // OpenBLAS: its own pool; 0 when not known

  LONGTAIL_API std::string text() const;  // "OpenBLAS 0.3.21, Haswell kernels"
};

LONGTAIL_API BlasFacts blas_facts();

/// Sets the size of OpenBLAS's own thread pool; nothing for other libraries.
LONGTAIL_API void set_blas_threads(int threads);

/// Where `ulimit -v` bounds this process: lets OpenBLAS take the buffers of its threads now. Without room for one it
/// would ask for it again and again, for ever, in the midst of a product. Ends the program with a message where there
/// is none.
LONGTAIL_API void reserve_blas_buffers(int threads);

/// True where `ulimit -v` leaves no room for one more of them. Safe in a signal handler.
LONGTAIL_API bool lacks_room_for_blas_buffers(int count = 1);

/// GFLOP/s of float32 n x n matrix products through LibTorch, with its present number of threads: the best of a few
/// within about `seconds`.
LONGTAIL_API double measure_gemm(int64_t n = 1024, double seconds = 0.5);

/// The OpenBLAS core that this CPU deserves when it runs kernels below it (OpenBLAS 0.3.21 takes new CPUs for old
/// ones); nothing when `core` is good enough or unknown. `has_core` tells whether the library contains a core.
LONGTAIL_API std::optional<std::string> better_core(std::string_view core, VectorLevel level,
                                                    const std::function<bool(std::string_view)>& has_core);

/// The variables OpenBLAS should have been loaded with: OPENBLAS_CORETYPE when it runs kernels below this CPU, and the
/// core it chose for blas_note(). Empty when all is well, for other libraries, and always when the user has set
/// OPENBLAS_CORETYPE to anything.
LONGTAIL_API std::map<std::string, std::string> blas_environment();

/// One line about a corrected or slow BLAS, for the start of a run's log; "" when all is well.
LONGTAIL_API std::string blas_note();

/// What to do about this BLAS; "" when nothing.
LONGTAIL_API std::string blas_advice(const BlasFacts& blas);

}  // namespace longtail

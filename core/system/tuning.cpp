#include "core/system/tuning.h"

#include <ATen/Parallel.h>
#include <malloc.h>

#include <cstdlib>
#include <opencv2/core/utility.hpp>

#include "core/system/blas.h"
#include "core/system/cpu.h"

namespace longtail {

int choose_threads(int threads) {
  if (threads > 0) return threads;
  if (const char* variable = std::getenv("OMP_NUM_THREADS")) {
    const int wanted = std::atoi(variable);  // "4,2" for nested regions: the first counts
    if (wanted > 0) return wanted;
  }
  return available_cores();
}

void tune_process(int threads) {
  const int count = choose_threads(threads);
  at::set_num_threads(count);
  set_blas_threads(count);
  cv::setNumThreads(1);
#ifdef __GLIBC__
  // 32 MB is the largest threshold glibc accepts; larger blocks are rare in a step and are still mapped one by one.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

}  // namespace longtail

#pragma once

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <thread>

namespace longtail::bench {

/// $LONGTAIL_BENCH_THREADS, or all cores.
inline int wanted_threads() {
  const char* threads = std::getenv("LONGTAIL_BENCH_THREADS");
  return threads != nullptr ? std::atoi(threads) : static_cast<int>(std::thread::hardware_concurrency());
}

/// Runs what the command line asks for; the exit status.
inline int run_benchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace longtail::bench

#include "core/system/cpu.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace longtail {
namespace {

std::string model_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

CpuFacts cpu_facts() {
  CpuFacts facts;
  facts.model = model_name();
#if defined(__x86_64__)
  __builtin_cpu_init();
#define LONGTAIL_FEATURE(name) \
  if (__builtin_cpu_supports(name)) facts.features.emplace_back(name)
  LONGTAIL_FEATURE("avx");
  LONGTAIL_FEATURE("avx2");
  LONGTAIL_FEATURE("fma");
  LONGTAIL_FEATURE("avx512f");
  LONGTAIL_FEATURE("avx512dq");
  LONGTAIL_FEATURE("avx512bw");
  LONGTAIL_FEATURE("avx512vl");
  LONGTAIL_FEATURE("avx512vnni");
#undef LONGTAIL_FEATURE
  const auto has = [&facts](const char* name) {
    return std::find(facts.features.begin(), facts.features.end(), name) != facts.features.end();
  };
  if (has("avx2") && has("fma")) facts.level = VectorLevel::avx2;
  // The four that OpenBLAS's SkylakeX kernels are compiled with.
  if (has("avx512f") && has("avx512dq") && has("avx512bw") && has("avx512vl")) facts.level = VectorLevel::avx512;
#endif
  return facts;
}

int cores_of_quota(const std::string& cpu_max) {
  std::istringstream text(cpu_max);
  double quota = 0, period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) return 0;
  return std::max(1, static_cast<int>(std::min(quota / period + 0.999, 4096.0)));
}

int available_cores() {
  int cores = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) cores = CPU_COUNT(&mask);
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string line;
  if (std::getline(file, line)) {
    if (const int quota = cores_of_quota(line); quota > 0) cores = std::min(cores, quota);
  }
  return std::max(1, cores);
}

}  // namespace longtail

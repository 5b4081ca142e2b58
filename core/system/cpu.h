#pragma once

#include <longtail/export.h>

#include <string>
#include <vector>

namespace longtail {

/// The widest vector instructions that matter for matrix products.
enum class VectorLevel { baseline, avx2, avx512 };

struct CpuFacts {
  std::string model;                  // "AMD EPYC 9654"; "unknown" where /proc/cpuinfo does not say
  std::vector<std::string> features;  // "avx2", "fma", "avx512f", ... those that LibTorch and BLAS libraries look at
  VectorLevel level = VectorLevel::baseline;
};

LONGTAIL_API CpuFacts cpu_facts();

/// Cores this process may use: its affinity mask, and no more than the container's CPU quota (rounded up). At least 1.
LONGTAIL_API int available_cores();

/// What a cgroup's cpu.max allows, in cores: "150000 100000" is 2 (rounded up); 0 for "max 100000" and for anything
/// that is not such a line.
LONGTAIL_API int cores_of_quota(const std::string& cpu_max);

}  // namespace longtail

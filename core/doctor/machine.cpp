#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "core/doctor/doctor.h"
#include "core/emoji/font.h"
#include "core/system/blas.h"
#include "core/system/cpu.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

constexpr double giga = 1024.0 * 1024 * 1024;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return fmt::format("{}={}", name, value ? value : "(not set)");
}

/// A line such as "MemAvailable:   24055872 kB" in bytes; 0 when there is none.
double meminfo(const std::string& label) {
  std::ifstream file("/proc/meminfo");
  for (std::string name, unit; file >> name;) {
    double kilobytes = 0;
    file >> kilobytes;
    std::getline(file, unit);
    if (name == label + ":") return kilobytes * 1024;
  }
  return 0;
}

void examine_cpu(std::vector<Finding>& findings) {
  const CpuFacts cpu = cpu_facts();
  findings.push_back({"Processor", "model", cpu.model, ""});
  findings.push_back(
      {"Processor", "instructions", fmt::format("{}", fmt::join(cpu.features, " ")),
       cpu.level == VectorLevel::baseline ? "without AVX2 and FMA training is several times slower" : ""});
  const int cores = available_cores(), threads = at::get_num_threads();
  std::string advice;
  if (threads > cores) advice = "more threads than cores slow each other down: lower OMP_NUM_THREADS or --threads";
  if (threads < cores) advice = fmt::format("{} of {} cores are used: OMP_NUM_THREADS={}", threads, cores, cores);
  findings.push_back({"Processor", "threads", fmt::format("{} on {} available cores", threads, cores), advice});
  findings.push_back(
      {"Processor", "OpenMP",
       variable("OMP_NUM_THREADS") + "  " + variable("OMP_WAIT_POLICY") + "  " + variable("GOMP_SPINCOUNT"), ""});
  double load = 0;
  if (getloadavg(&load, 1) == 1) {
    findings.push_back(
        {"Processor", "load", fmt::format("{:.1f} in the last minute", load),
         load > cores + 0.5 ? "other programs want the same cores: runs take longer than they should" : ""});
  }
}

void examine_blas(bool measure, std::vector<Finding>& findings) {
  const BlasFacts blas = blas_facts();
  findings.push_back(
      {"BLAS", "library", blas.text() + (blas.file.empty() ? "" : " (" + blas.file + ")"), blas_advice(blas)});
  if (!blas.config.empty()) findings.push_back({"BLAS", "configuration", blas.config, ""});
  findings.push_back(
      {"BLAS", "variables", variable("OPENBLAS_CORETYPE") + "  " + variable("LONGTAIL_BLAS_HEALED_FROM"), ""});
  if (!measure) return;
  // The reference BLAS reaches a few GFLOP/s a core, any optimised library with AVX2 several times this bound.
  const double speed = measure_gemm();
  const bool slow = speed / std::max(1, at::get_num_threads()) < 10;
  findings.push_back({"BLAS", "matrix product", fmt::format("{:.0f} GFLOP/s (float32, 1024 x 1024)", speed),
                      slow ? "slow: apt-get install libopenblas0-pthread, or other programs keep the cores busy" : ""});
}

void examine_memory(const DoctorOptions& options, std::vector<Finding>& findings) {
  const double available = meminfo("MemAvailable");
  findings.push_back({"Memory and disk", "memory",
                      fmt::format("{:.1f} GB available of {:.1f} GB", available / giga, meminfo("MemTotal") / giga),
                      available < 2 * giga ? "under 2 GB: use a smaller batch, or end other programs" : ""});
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  if (double limit = 0; limit_file >> limit) {
    findings.push_back({"Memory and disk", "container limit", fmt::format("{:.1f} GB", limit / giga), ""});
  }
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::absolute(options.work_dir, failed);
  while (!std::filesystem::exists(folder, failed) && folder.has_relative_path()) folder = folder.parent_path();
  const std::filesystem::space_info space = std::filesystem::space(folder, failed);
  if (failed) {
    findings.push_back({"Memory and disk", "disk", folder.string(), "cannot be looked at: " + failed.message()});
    return;
  }
  const double free = static_cast<double>(space.available) / giga;
  findings.push_back({"Memory and disk", "disk", fmt::format("{:.1f} GB free at {}", free, folder.string()),
                      free < 5 ? "checkpoints of a matrix may need more: choose another --work-dir or make room" : ""});
}

void examine_font(std::vector<Finding>& findings) {
  try {
    findings.push_back({"Fonts", "emoji", find_emoji_font(), ""});
  } catch (const DataError&) {
    findings.push_back(
        {"Fonts", "emoji", "not found", "only the demo's pictures need it: apt-get install fonts-noto-color-emoji"});
  }
}

void examine_gpu(std::vector<Finding>& findings) {
  std::error_code failed;
  const bool driver = std::filesystem::exists("/proc/driver/nvidia/version", failed);
  const auto devices = torch::cuda::device_count();
  if (devices > 0) {
    findings.push_back({"GPU", "CUDA", counted(devices, "device"), ""});
  } else if (driver) {
    findings.push_back(
        {"GPU", "CUDA", "a driver is loaded, but this LibTorch sees no GPU",
         "build against a CUDA LibTorch: LONGTAIL_CMAKE_ARGS=-DCMAKE_PREFIX_PATH=... ./bootstrap.sh build"});
  } else {
    findings.push_back({"GPU", "CUDA", "none; everything runs on the processor", ""});
  }
}

}  // namespace

void examine_machine(const DoctorOptions& options, std::vector<Finding>& findings) {
  examine_cpu(findings);
  examine_blas(options.measure, findings);
  examine_memory(options, findings);
  examine_font(findings);
  examine_gpu(findings);
}

}  // namespace longtail

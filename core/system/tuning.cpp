#include "core/system/tuning.h"

#include <ATen/Parallel.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <opencv2/core/utility.hpp>
#include <string>
#include <vector>

#include "core/system/blas.h"
#include "core/system/cpu.h"

namespace longtail {
namespace {

constexpr const char* restarted_variable = "LONGTAIL_RESTARTED";

std::map<std::string, std::string> better_environment() {
  std::map<std::string, std::string> variables = blas_environment();
  if (std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr) {
    variables["GOMP_SPINCOUNT"] = "3000";
  }
  return variables;
}

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

}  // namespace

void prepare_process(int threads) {
  adopt_environment();
  tune_process(threads);
  reserve_blas_buffers(choose_threads(threads));
}

void adopt_environment() {
  if (std::getenv(restarted_variable) != nullptr) return;
  const std::map<std::string, std::string> variables = better_environment();
  std::vector<std::string> arguments = own_arguments();
  if (variables.empty() || arguments.empty()) return;

  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  setenv(restarted_variable, "1", 1);
  execv("/proc/self/exe", argv.data());
  // Could not restart: go on, slower, and leave no false traces for blas_note().
  for (const auto& [name, value] : variables) unsetenv(name.c_str());
  unsetenv(restarted_variable);
}

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

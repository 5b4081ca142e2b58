#include "core/system/blas.h"

#include <ATen/ATen.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace longtail {
namespace {

constexpr const char* core_variable = "OPENBLAS_CORETYPE";
constexpr std::size_t buffer_size = std::size_t{128} << 20;           // of OpenBLAS's for a thread, on usual PCs
constexpr const char* healed_variable = "LONGTAIL_BLAS_HEALED_FROM";  // the core before the restart

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The library with the sgemm_ that LibTorch calls. Asking it, and not the whole process, matters: another package
/// may have pulled in OpenBLAS beside a reference BLAS that does the work.
struct Library {
  std::string file;
  void* handle = nullptr;

  template <class Function>
  Function* function(const char* name) const {
    return handle ? reinterpret_cast<Function*>(dlsym(handle, name)) : nullptr;
  }
};

Library sgemm_library() {
  Library library;
  void* sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info;
  if (sgemm == nullptr || dladdr(sgemm, &info) == 0 || info.dli_fname == nullptr) return library;
  std::error_code failed;
  const auto file = std::filesystem::canonical(info.dli_fname, failed);
  library.file = failed ? info.dli_fname : file.string();
  library.handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return library;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

/// What a core's kernels use; nothing for one we have not heard of, which is then newer than this table.
std::optional<VectorLevel> level_of_core(std::string_view core) {
  static constexpr std::array<const char*, 3> avx512{"SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"};
  static constexpr std::array<const char*, 3> avx2{"HASWELL", "ZEN", "EXCAVATOR"};
  static constexpr std::array<const char*, 17> baseline{
      "PRESCOTT", "CORE2",     "PENRYN",     "DUNNINGTON",  "NEHALEM",      "SANDYBRIDGE",
      "ATOM",     "NANO",      "ATHLON",     "OPTERON",     "OPTERON_SSE3", "BARCELONA",
      "BOBCAT",   "BULLDOZER", "PILEDRIVER", "STEAMROLLER", "UNKNOWN"};
  const std::string name = upper(core);
  const auto in = [&name](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (in(avx512)) return VectorLevel::avx512;
  if (in(avx2)) return VectorLevel::avx2;
  if (in(baseline)) return VectorLevel::baseline;
  return std::nullopt;
}

/// Debian's OpenBLAS shows a table of kernels for each core it contains; where none is visible, hope.
bool library_has_core(const Library& library, std::string_view core) {
  if (library.function<void>("gotoblas_HASWELL") == nullptr) return true;
  return library.function<void>(("gotoblas_" + upper(core)).c_str()) != nullptr;
}

}  // namespace

std::string BlasFacts::text() const {
  switch (kind) {
    case BlasKind::openblas: {
      // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
      const size_t version_end = config.find(' ', config.find(' ') + 1);
      return fmt::format("{}, {} kernels", config.empty() ? "OpenBLAS" : config.substr(0, version_end), core);
    }
    case BlasKind::mkl:
      return "MKL";
    case BlasKind::blis:
      return "BLIS";
    case BlasKind::reference:
      return "reference BLAS";
    case BlasKind::other:
      break;
  }
  return file.empty() ? "inside LibTorch" : "unknown library";
}

BlasFacts blas_facts() {
  BlasFacts facts;
  const Library library = sgemm_library();
  facts.file = library.file;
  if (auto* config = library.function<char*()>("openblas_get_config")) {
    facts.kind = BlasKind::openblas;
    facts.config = config();
    if (auto* core = library.function<char*()>("openblas_get_corename")) facts.core = core();
    if (auto* threads = library.function<int()>("openblas_get_num_threads")) facts.threads = threads();
  } else if (at::hasMKL() || library.function<void>("mkl_get_version") != nullptr) {
    facts.kind = BlasKind::mkl;
    facts.config = at::get_mkl_version();
  } else if (library.function<void>("bli_info_get_version_str") != nullptr) {
    facts.kind = BlasKind::blis;
  } else if (library.file.find("/blas/libblas.so") != std::string::npos) {
    facts.kind = BlasKind::reference;
  }
  return facts;
}

void set_blas_threads(int threads) {
  if (auto* set = sgemm_library().function<void(int)>("openblas_set_num_threads")) set(threads);
}

bool lacks_room_for_blas_buffers(int count) {
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  const std::size_t bytes = buffer_size * static_cast<std::size_t>(count);
  void* room = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return true;
  ::munmap(room, bytes);
  return false;
}

void reserve_blas_buffers(int threads) {
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  if (!sgemm_library().function<char*()>("openblas_get_config")) return;
  if (lacks_room_for_blas_buffers(threads)) {
    const std::string message = fmt::format(
        "error: out of address space: `ulimit -v` allows {} MB, and OpenBLAS needs {} MB more for each of {} "
        "threads; raise the limit, or use fewer threads (OMP_NUM_THREADS=1)\n",
        limit.rlim_cur >> 20, buffer_size >> 20, threads);
    std::fputs(message.c_str(), stderr);
    std::_Exit(static_cast<int>(ExitCode::other));  // one of its threads may wait already, and exit() for that
  }
  const at::NoGradGuard no_grad;
  constexpr std::int64_t large_enough_for_all_threads = 512;
  const at::Tensor a = at::ones({large_enough_for_all_threads, large_enough_for_all_threads});
  at::mm(a, a);
}

double measure_gemm(int64_t n, double seconds) {
  using Clock = std::chrono::steady_clock;
  const at::NoGradGuard no_grad;
  const at::Tensor a = at::ones({n, n}), b = at::ones({n, n});
  at::Tensor c = at::mm(a, b);
  double best = 1e30;
  const auto begin = Clock::now();
  do {
    const auto start = Clock::now();
    at::mm_out(c, a, b);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  } while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds);
  return 2e-9 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) / best;
}

std::optional<std::string> better_core(std::string_view core, VectorLevel level,
                                       const std::function<bool(std::string_view)>& has_core) {
  const std::optional<VectorLevel> running = level_of_core(core);
  if (!running) return std::nullopt;
  if (level == VectorLevel::avx512 && *running < VectorLevel::avx512 && has_core("SkylakeX")) return "SkylakeX";
  if (level >= VectorLevel::avx2 && *running < VectorLevel::avx2 && has_core("Haswell")) return "Haswell";
  return std::nullopt;
}

std::map<std::string, std::string> blas_environment() {
  if (std::getenv(core_variable) != nullptr) return {};
  const BlasFacts blas = blas_facts();
  if (blas.kind != BlasKind::openblas || blas.config.find("DYNAMIC_ARCH") == std::string::npos) return {};
  const Library library = sgemm_library();
  const auto better = better_core(blas.core, cpu_facts().level,
                                  [&library](std::string_view core) { return library_has_core(library, core); });
  if (!better) return {};
  return {{core_variable, *better}, {healed_variable, blas.core}};
}

std::string blas_note() {
  const std::string before = environment(healed_variable);
  if (before.empty()) return blas_advice(blas_facts());
  return fmt::format("OpenBLAS took this CPU for {}; restarted with {}={} for faster matrix products", before,
                     core_variable, environment(core_variable));
}

std::string blas_advice(const BlasFacts& blas) {
  if (blas.kind == BlasKind::reference) {
    return "matrix products run through the slow reference BLAS: apt-get install libopenblas0-pthread, and choose it "
           "with update-alternatives --config libblas.so.3-x86_64-linux-gnu";
  }
  if (blas.kind != BlasKind::openblas) return "";
  const VectorLevel level = cpu_facts().level;
  const auto any = [](std::string_view) { return true; };
  const std::optional<std::string> better = better_core(blas.core, level, any);
  if (!better) return "";
  if (blas.config.find("DYNAMIC_ARCH") == std::string::npos) {
    return fmt::format(
        "this OpenBLAS was built for {} only; apt-get install libopenblas0-pthread has kernels for every "
        "CPU",
        blas.core);
  }
  if (const std::string set = environment(core_variable); !set.empty()) {
    return fmt::format(
        "{}={} in the environment holds OpenBLAS below this CPU ({} would fit): unset it, unless it is "
        "meant",
        core_variable, set, *better);
  }
  return fmt::format("OpenBLAS runs {} kernels on a CPU that has more: set {}={}", blas.core, core_variable, *better);
}

}  // namespace longtail

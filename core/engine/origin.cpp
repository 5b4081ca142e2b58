#include "core/engine/origin.h"

#include <dlfcn.h>

#include <set>

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <fmt/format.h>

#include "core/io/fingerprint.h"
#include "core/system/blas.h"

namespace longtail {
namespace {

std::string own_library() {
  Dl_info info{};
  return dladdr(reinterpret_cast<const void*>(&present_origin), &info) != 0 ? info.dli_fname : "";
}

std::string program_fingerprint(const Catalog& catalog) {
  std::set<std::string> files{own_library()};
  for (const ComponentEntry* entry : catalog.entries()) {
    if (!entry->file.empty()) files.insert(entry->file);
  }
  std::string all;
  for (const std::string& file : files) all += fingerprint_file(file);
  return fingerprint(all);
}

}  // namespace

Origin present_origin(const Catalog& catalog, const std::string& device, std::int64_t limit_batches) {
  Origin origin;
  origin.program = program_fingerprint(catalog);
  // The same code gives other roundings with another LibTorch, instruction set or BLAS.
  origin.libraries = fingerprint(at::show_config() + blas_facts().text());
  origin.device = device;
  origin.threads = at::get_num_threads();
  origin.limit_batches = limit_batches;
  return origin;
}

std::vector<std::string> changes_of(const Origin& before, const Origin& now) {
  if (before.program.empty()) {
    return {"the checkpoint does not tell its build, threads and device (an earlier version wrote it)"};
  }
  std::vector<std::string> changes;
  if (before.program != now.program) changes.emplace_back("build: another longtail or another plugin");
  if (before.libraries != now.libraries)
    changes.emplace_back("build: another LibTorch or BLAS, or another kind of CPU");
  if (before.threads != now.threads) changes.push_back(fmt::format("threads: {} -> {}", before.threads, now.threads));
  if (before.device != now.device) changes.push_back(fmt::format("device: {} -> {}", before.device, now.device));
  return changes;
}

}  // namespace longtail

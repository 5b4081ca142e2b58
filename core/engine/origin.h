#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <longtail/catalog.h>

namespace longtail {

/// What besides the configuration and the data decides the bits of a trained state. A checkpoint carries it.
struct Origin {
  std::string program;       // hash of liblongtail and of all loaded plugins; "" where a checkpoint does not tell
  std::string libraries;     // hash of what LibTorch and BLAS are, with the instructions they use
  std::string device;        // "cpu", "cuda:0"
  std::int64_t threads = 0;  // sums are rounded differently with another number of threads
  std::int64_t limit_batches = 0;
};

/// Of this process. `device` as a Device prints it.
Origin present_origin(const Catalog& catalog, const std::string& device, std::int64_t limit_batches);

/// "threads: 2 -> 1", one for each that differs; what a checkpoint does not tell is told as such.
std::vector<std::string> changes_of(const Origin& before, const Origin& now);

}  // namespace longtail

#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace longtail::bench {

struct OpTotal {
  double seconds = 0;  // without the operations that it called
  std::int64_t calls = 0;
};

struct OpProfile {
  std::map<std::string, OpTotal> ops;  // by LibTorch's name, such as "aten::addmm"
  double convolution_flops = 0;        // a multiplication and an addition are two
  double product_flops = 0;            // of matrix products
};

/// Collects what LibTorch's operations take on this thread between construction and stop(). One at a time.
class OpProfiler {
 public:
  OpProfiler();
  ~OpProfiler();
  OpProfiler(const OpProfiler&) = delete;
  OpProfiler& operator=(const OpProfiler&) = delete;
  OpProfile stop();

 private:
  std::uint64_t handle_;
};

}  // namespace longtail::bench

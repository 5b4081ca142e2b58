#pragma once

#include <cstdint>

namespace longtail {

/// A mean of what is defined: values below 0 are left out, and without any it is -1.
class Mean {
 public:
  void add(double value) {
    if (value < 0) return;
    sum_ += value;
    ++count_;
  }
  double value() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : -1; }

 private:
  double sum_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace longtail

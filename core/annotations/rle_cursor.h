#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/annotations/rle.h"

namespace longtail {

/// A place in a mask that moves on by whole or partial runs. A run of no pixels is passed in a step of its own, as the
/// COCO tools do.
class RleCursor {
 public:
  explicit RleCursor(const Rle& rle)
      : next_(rle.counts.data()), end_(next_ + rle.counts.size()), left_(next_ == end_ ? 0 : *next_++) {}

  /// No pixel of the mask is left.
  bool done() const { return left_ == 0 && next_ == end_; }
  /// The value of the current run.
  bool set() const { return set_; }

  /// How far both can go without leaving their runs. A mask that has ended holds nobody up.
  static std::uint32_t shorter(const RleCursor& a, const RleCursor& b) {
    if (a.done()) return b.left_;
    if (b.done()) return a.left_;
    return std::min(a.left_, b.left_);
  }

  /// Moves on; `step` is at most what is left of the run.
  void advance(std::uint32_t step) {
    left_ -= std::min(step, left_);
    if (left_ > 0) return;
    if (next_ == end_) {
      set_ = false;  // past the end
      return;
    }
    left_ = *next_++;
    set_ = !set_;
  }

 private:
  const std::uint32_t* next_;
  const std::uint32_t* end_;
  std::uint32_t left_;
  bool set_ = false;
};

}  // namespace longtail

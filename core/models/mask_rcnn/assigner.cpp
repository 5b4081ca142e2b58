#include "core/models/mask_rcnn/assigner.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "core/ops/boxes.h"

namespace longtail {
namespace {

// Of IoUs that are held at once: 16 MiB, and small enough to stay in the caches for most images.
constexpr std::int64_t kMaxIous = std::int64_t{1} << 22;

/// Boxes in blocks, and their IoUs with the ground truth.
class Blocks {
 public:
  Blocks(const Tensor& boxes, const Tensor& ground_truth)
      : boxes_(boxes), ground_truth_(ground_truth), rows_(std::max<std::int64_t>(1, kMaxIous / ground_truth.size(0))) {}

  std::int64_t count() const { return (boxes_.size(0) + rows_ - 1) / rows_; }
  /// The block's part of a tensor of all boxes.
  Tensor part(const Tensor& all, std::int64_t block) const {
    return all.slice(0, block * rows_, std::min(boxes_.size(0), (block + 1) * rows_));
  }
  /// [G, boxes of the block]. The last one asked for is kept: a single block is worked out once.
  const Tensor& ious(std::int64_t block) {
    if (held_ != block) ious_ = box_iou(ground_truth_, part(boxes_, block));
    held_ = block;
    return ious_;
  }

 private:
  const Tensor &boxes_, &ground_truth_;
  std::int64_t rows_;
  std::int64_t held_ = -1;
  Tensor ious_;
};

/// Gives each ground truth the boxes that overlap it most, where they do so by `low_quality_iou` at least.
void match_low_quality(const AssignerConfig& config, Blocks& blocks, const Tensor& best_of_truth, const Tensor& nearest,
                       Tensor& matched) {
  // A ground truth that meets no box at all has no best one.
  const Tensor eligible = at::logical_and(best_of_truth.ge(config.low_quality_iou), best_of_truth.gt(0)).unsqueeze(1);
  const std::int64_t truths = best_of_truth.size(0);
  const Tensor numbers = at::arange(1, truths + 1, matched.options().dtype(at::kInt)).unsqueeze(1);
  for (std::int64_t block = 0; block < blocks.count(); ++block) {
    const Tensor is_best = at::logical_and(blocks.ious(block).eq(best_of_truth.unsqueeze(1)), eligible);
    Tensor target = blocks.part(matched, block);
    if (config.low_quality == "keep") {
      target.copy_(at::where(is_best.any(0), blocks.part(nearest, block), target));
    } else {
      const Tensor last = (is_best * numbers).amax(0).to(at::kLong) - 1;
      target.copy_(at::where(last.ge(0), last, target));
    }
  }
}

}  // namespace

Tensor assign_by_iou(const AssignerConfig& config, const Tensor& boxes, const Tensor& ground_truth) {
  const auto options = boxes.options().dtype(at::kLong);
  Tensor matched = at::full({boxes.size(0)}, kBackground, options);
  if (ground_truth.size(0) == 0 || boxes.size(0) == 0) return matched;

  Blocks blocks(boxes, ground_truth);
  Tensor nearest = at::empty_like(matched);
  Tensor best_of_truth = at::zeros({ground_truth.size(0)}, boxes.options());
  for (std::int64_t block = 0; block < blocks.count(); ++block) {
    const Tensor& ious = blocks.ious(block);
    const auto [best, index] = ious.max(0);
    const Tensor unsure =
        at::where(best.lt(config.negative_iou), at::full({}, kBackground, options), at::full({}, kIgnored, options));
    blocks.part(matched, block).copy_(at::where(best.ge(config.positive_iou), index, unsure));
    blocks.part(nearest, block).copy_(index);
    best_of_truth = at::maximum(best_of_truth, ious.amax(1));
  }
  if (config.low_quality != "none") match_low_quality(config, blocks, best_of_truth, nearest, matched);
  return matched;
}

}  // namespace longtail

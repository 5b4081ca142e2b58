#include "core/models/mask_rcnn/roi_pool.h"

#include "core/ops/boxes.h"
#include "core/ops/roi_align.h"

namespace longtail {
namespace {

constexpr double kEpsilon = 1e-6;

}  // namespace

RoiPool::RoiPool(const RoiConfig& config, const std::vector<std::int64_t>& strides) : config_(config) {
  for (const std::int64_t stride : strides) scales_.push_back(1.0 / static_cast<double>(stride));
}

Tensor RoiPool::levels(const Tensor& rois) const {
  const Tensor relative = box_area(rois.slice(1, 1)).sqrt() / config_.finest_scale;
  const Tensor level = config_.level_epsilon == "inside" ? (relative + kEpsilon).log2() : relative.log2() + kEpsilon;
  return level.floor().clamp(0, static_cast<double>(scales_.size() - 1)).to(at::kLong);
}

Tensor RoiPool::forward(const std::vector<Tensor>& maps, const Tensor& rois, std::int64_t size) const {
  const std::vector<Tensor> used(maps.begin(), maps.begin() + static_cast<std::ptrdiff_t>(scales_.size()));
  return roi_align(used, scales_, rois, levels(rois), {size, config_.sampling_ratio, config_.aligned});
}

Tensor with_image_numbers(const std::vector<Tensor>& boxes) {
  std::vector<Tensor> parts;
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    const Tensor number = at::full({boxes[b].size(0), 1}, static_cast<double>(b), boxes[b].options());
    parts.push_back(at::cat({number, boxes[b]}, 1));
  }
  return at::cat(parts);
}

}  // namespace longtail

#pragma once

#include <longtail/module.h>

#include <cstdint>
#include <vector>

#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// Takes the features of regions from the level of the pyramid that suits their size (Lin et al., CVPR 2017, eq. 1).
class RoiPool {
 public:
  /// `strides` of the levels that regions are taken from, finest first.
  RoiPool(const RoiConfig& config, const std::vector<std::int64_t>& strides);

  /// rois [N, 5] (image, x1, y1, x2, y2) -> the level of each, [N] int64.
  Tensor levels(const Tensor& rois) const;
  /// maps of the pyramid, of which the first are used -> [N, channels, size, size], channels-last.
  Tensor forward(const std::vector<Tensor>& maps, const Tensor& rois, std::int64_t size) const;

 private:
  RoiConfig config_;
  std::vector<double> scales_;
};

/// Boxes [K, 4] of each image -> [N, 5] with the number of the image in front.
Tensor with_image_numbers(const std::vector<Tensor>& boxes);

}  // namespace longtail

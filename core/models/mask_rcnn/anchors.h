#pragma once

#include <longtail/module.h>

#include <cstdint>
#include <vector>

#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// The boxes that the RPN starts from: on each cell of each level one for each ratio and scale.
class AnchorGenerator {
 public:
  struct Size {
    std::int64_t height = 0, width = 0;
  };

  AnchorGenerator(AnchorConfig config, std::vector<std::int64_t> strides);

  /// Anchors of a cell, A.
  std::int64_t per_cell() const { return static_cast<std::int64_t>(config_.ratios.size() * config_.scales.size()); }
  /// Around the origin, [A, 4] double: ratios outside, scales inside.
  Tensor cell(std::size_t level) const;
  /// Of the level's whole grid for a padded image, [height * width * A, 4]: rows, columns, anchors of the cell.
  Tensor grid(std::size_t level, Size cells, Size padded, const at::TensorOptions& options) const;
  /// Which anchors of the level's grid belong to an image that, padded by itself, is this large: [height * width * A]
  /// bool; undefined: all.
  Tensor trained(std::size_t level, Size cells, Size padded, const at::Device& device) const;

 private:
  AnchorConfig config_;
  std::vector<std::int64_t> strides_;
};

}  // namespace longtail

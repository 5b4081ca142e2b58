#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/annotations/instance_masks.h"

namespace longtail {

/// How an image came to its place in the batch.
struct InputImage {
  std::int64_t index = 0;                            // into the dataset
  std::int64_t height = 0, width = 0;                // of the scaled image, without padding: the batch may be larger
  std::int64_t padded_height = 0, padded_width = 0;  // of the image alone, to multiples of the transform's pad_to
  std::int64_t original_height = 0, original_width = 0;
  double scale_x = 1, scale_y = 1;  // scaled / original
  bool flipped = false;
};

/// Ground truth of one image, in the pixels of the network's input.
struct InstanceTargets {
  at::Tensor boxes;                            // [G, 4] float, x1 y1 x2 y2
  at::Tensor labels;                           // [G] int64 in [0, C)
  std::shared_ptr<const InstanceMasks> masks;  // of G instances
};

struct InstanceBatch {
  at::Tensor images;                     // [B, 3, H, W] float, normalised, zeros where padded
  std::vector<InputImage> inputs;        // [B]
  std::vector<InstanceTargets> targets;  // [B]; empty when not training
  std::int64_t skipped = 0;              // images left out because they could not be read, and why: a line each
  std::vector<std::string> problems;
  std::vector<std::string> warnings;  // about pictures that could be read
};

}  // namespace longtail

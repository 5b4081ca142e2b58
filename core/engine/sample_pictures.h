#pragma once

#include <cstdint>
#include <vector>

#include <longtail/module.h>

#include "core/data/image.h"
#include "core/draw/instances.h"
#include "core/engine/tensorboard.h"

namespace longtail {

inline constexpr std::int64_t kSamplePictures = 8;

/// A normalised picture [3, H, W] for people: stretched so that `low` is black and `high` white.
Image stretched(const Tensor& picture, float low, float high);

/// Writes the tiles as one picture, "train/pictures"; nothing where there is none.
void log_pictures(const std::vector<MosaicTile>& tiles, TensorBoard& board, std::int64_t step);

}  // namespace longtail

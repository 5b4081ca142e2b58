#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <vector>

#include "core/annotations/annotation_set.h"

namespace longtail {

/// The outlines of one image's instances, in the pixels of the network's input: rasterised where a RoI asks, never kept as
/// whole pictures. Polygons stay polygons; an RLE is kept as a bitmap of its own box.
class LONGTAIL_API InstanceMasks {
 public:
  InstanceMasks() = default;
  /// Outlines of `objects` (indices into set.objects), scaled by (scale_x, scale_y) and then, where `flip`, mirrored in
  /// an image `width` pixels wide (after scaling).
  InstanceMasks(const AnnotationSet& set, const std::vector<std::int64_t>& objects, double scale_x, double scale_y,
                bool flip, double width);

  std::int64_t size() const { return static_cast<std::int64_t>(shapes_.size()); }

  /// How much of each cell of a `size` x `size` grid over the box (x1, y1, x2, y2) instance `index` covers: size * size
  /// values in [0, 1], row after row. A box without area gives zeros. For training targets (threshold at 0.5, or soft).
  void rasterize(std::int64_t index, const float box[4], std::int32_t size, float* out) const;

 private:
  struct Shape {
    std::vector<std::vector<float>> polygons;  // x0 y0 x1 y1 ...
    // Or a bitmap [height, width] over the box (left, top) in ORIGINAL pixels, with the map to input pixels.
    std::int32_t left = 0, top = 0, width = 0, height = 0;
    std::vector<std::uint8_t> bitmap;
  };
  std::vector<Shape> shapes_;
  double scale_x_ = 1, scale_y_ = 1, flip_width_ = 0;
  bool flip_ = false;
};

}  // namespace longtail

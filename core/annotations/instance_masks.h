#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <vector>

#include "core/annotations/annotation_set.h"

namespace longtail {

/// The outlines of one image's instances, in the pixels of the network's input: rasterised where a RoI asks, never kept
/// as whole pictures. Polygons stay polygons; an RLE is kept as the sums over a bitmap of its own box. Immutable:
/// rasterize() may be called from several threads.
class LONGTAIL_API InstanceMasks {
 public:
  InstanceMasks() = default;
  /// Outlines of `objects` (indices into set.objects), scaled by (scale_x, scale_y) and then, where `flip`, mirrored in
  /// an image `width` pixels wide (after scaling).
  InstanceMasks(const AnnotationSet& set, const std::vector<std::int64_t>& objects, double scale_x, double scale_y,
                bool flip, double width);

  std::int64_t size() const { return static_cast<std::int64_t>(shapes_.size()); }

  /// False for an instance whose annotation has none.
  bool has_outline(std::int64_t index) const { return shapes_[static_cast<std::size_t>(index)].has_outline; }

  /// How much of each cell of a `size` x `size` grid over the box (x1, y1, x2, y2) instance `index` covers: size * size
  /// values in [0, 1], row after row, exact areas. A box without area gives zeros. For training targets (threshold at
  /// 0.5, or soft).
  void rasterize(std::int64_t index, const float box[4], std::int32_t size, float* out) const;

 private:
  // A bitmap over (left, top) ... in ORIGINAL pixels. sums[y * (width + 1) + x] counts what is set above y and left of
  // x.
  struct Bitmap {
    std::int32_t left = 0, top = 0, width = 0, height = 0;
    std::vector<std::uint32_t> sums;  // [height + 1, width + 1]; empty: nothing is set

    double sum_to(double x, double y) const;
  };
  struct Shape {
    std::int64_t first_polygon = 0, end_polygon = 0;  // of ends_
    Bitmap bitmap;                                    // without polygons
    bool has_outline = false;
  };

  void add_polygons(const AnnotationSet& set, const SegmentationRef& ref, Shape& shape);
  static Bitmap make_bitmap(const std::uint32_t* counts, const std::uint32_t* end, std::int32_t height);
  void rasterize(const Bitmap& bitmap, const float box[4], std::int32_t size, float* out) const;

  std::vector<Shape> shapes_;
  std::vector<float> points_;       // x0 y0 x1 y1 ... of all polygons, in input pixels
  std::vector<std::int64_t> ends_;  // polygon p spans points_[ends_[p - 1], ends_[p])
  double scale_x_ = 1, scale_y_ = 1, width_ = 0;
  bool flip_ = false;
};

}  // namespace longtail

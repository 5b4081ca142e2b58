#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// A binary mask as run lengths down the columns (COCO's format): zeros first, then ones, in turn.
struct Rle {
  std::int32_t height = 0;
  std::int32_t width = 0;
  std::vector<std::uint32_t> counts;  // sums to height * width
};

/// x, y, width, height in pixels.
struct BoxXywh {
  double x = 0, y = 0, w = 0, h = 0;
};

/// `mask` [height * width], column after column (Fortran order), non-zero is set.
LONGTAIL_API Rle rle_encode(const std::uint8_t* mask, std::int32_t height, std::int32_t width);
/// Writes height * width bytes of 0 or 1, column after column.
LONGTAIL_API void rle_decode(const Rle& rle, std::uint8_t* mask);

/// COCO's compressed text of the counts, and back. Throws DataError for text that does not fill height x width.
LONGTAIL_API std::string rle_to_string(const Rle& rle);
LONGTAIL_API Rle rle_from_string(std::string_view text, std::int32_t height, std::int32_t width);

LONGTAIL_API std::uint64_t rle_area(const Rle& rle);
/// Of the set pixels; all 0 for an empty mask.
LONGTAIL_API BoxXywh rle_box(const Rle& rle);
/// Union, or intersection, of masks of one size.
LONGTAIL_API Rle rle_merge(const std::vector<Rle>& masks, bool intersection = false);

/// Pixels; with coordinates beyond it the COCO tools' integers overflow.
inline constexpr double kMaxPolygonCoordinate = 1e8;

/// One closed polygon, x0 y0 x1 y1 ..., in pixel-edge coordinates, as COCO's tools rasterise it (at five times the
/// resolution), bit for bit. Throws DataError for coordinates beyond kMaxPolygonCoordinate.
LONGTAIL_API Rle rle_from_polygon(const double* xy, std::size_t num_points, std::int32_t height, std::int32_t width);
LONGTAIL_API Rle rle_from_box(const BoxXywh& box, std::int32_t height, std::int32_t width);

/// IoU of each detection with each ground truth, [dets * gts], row-major by detection; for a crowd ground truth
/// the intersection over the detection's area. `crowd` [gts] or empty.
LONGTAIL_API std::vector<double> rle_iou(const std::vector<Rle>& dets, const std::vector<Rle>& gts,
                                         const std::vector<std::uint8_t>& crowd);
LONGTAIL_API std::vector<double> box_iou(const std::vector<BoxXywh>& dets, const std::vector<BoxXywh>& gts,
                                         const std::vector<std::uint8_t>& crowd);

}  // namespace longtail

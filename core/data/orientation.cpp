#include "core/data/orientation.h"

#include <opencv2/core.hpp>
#include <utility>

namespace longtail {
namespace {

// The upright picture is the stored one, first with its rows and columns in the other order where these say so, then
// transposed where the sides change.
bool turns_rows(int orientation) {
  return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}
bool turns_columns(int orientation) {
  return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}

}  // namespace

Rect stored_part(const Rect& upright, int height, int width, int orientation) {
  Rect part = upright;
  if (swaps_sides(orientation)) {
    std::swap(part.top, part.left);
    std::swap(part.height, part.width);
  }
  if (turns_rows(orientation)) part.top = height - part.top - part.height;
  if (turns_columns(orientation)) part.left = width - part.left - part.width;
  return part;
}

void turn_upright(const Image& stored, int orientation, Image& upright) {
  const bool swaps = swaps_sides(orientation);
  upright.resize(swaps ? stored.width : stored.height, swaps ? stored.height : stored.width);
  const cv::Mat from(stored.height, stored.width, CV_8UC3, const_cast<std::uint8_t*>(stored.pixels.data()));
  cv::Mat to(upright.height, upright.width, CV_8UC3, upright.pixels.data());
  const bool rows = turns_rows(orientation), columns = turns_columns(orientation);
  const int order = rows && columns ? -1 : rows ? 0 : 1;  // of cv::flip
  if (!rows && !columns) {
    swaps ? cv::transpose(from, to) : from.copyTo(to);
  } else if (!swaps) {
    cv::flip(from, to, order);
  } else {
    cv::Mat flipped;
    cv::flip(from, flipped, order);
    cv::transpose(flipped, to);
  }
}

}  // namespace longtail

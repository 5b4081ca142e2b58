#include <longtail/error.h>

#include <cstdlib>
#include <cstring>
#include <numeric>

#include "core/annotations/rle.h"

namespace {

using longtail::Rle;

void require(bool good) {
  if (!good) std::abort();
}

/// A mask fills its size, and says the same in every form.
void check(const Rle& rle) {
  const std::size_t pixels = static_cast<std::size_t>(rle.height) * static_cast<std::size_t>(rle.width);
  require(std::accumulate(rle.counts.begin(), rle.counts.end(), std::size_t{0}) == pixels);
  std::vector<std::uint8_t> mask(pixels, 7);
  longtail::rle_decode(rle, mask.data());
  const auto set = std::accumulate(mask.begin(), mask.end(), std::uint64_t{0});
  require(longtail::rle_area(rle) == set);
  const Rle plain = longtail::rle_encode(mask.data(), rle.height, rle.width);
  require(longtail::rle_from_string(longtail::rle_to_string(plain), rle.height, rle.width).counts == plain.counts);
  const longtail::BoxXywh box = longtail::rle_box(rle);
  require(box.x >= 0 && box.y >= 0 && box.x + box.w <= rle.width && box.y + box.h <= rle.height);
  require(static_cast<double>(set) <= box.w * box.h);
  require(longtail::rle_area(longtail::rle_merge({rle, plain})) == set);
  require(longtail::rle_area(longtail::rle_merge({plain, rle}, true)) == set);
  require(longtail::rle_iou({rle}, {plain}, {})[0] == (set > 0 ? 1.0 : 0.0));
}

}  // namespace

/// The first two bytes are a size, the rest is read as compressed text and as the coordinates of a polygon.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::int32_t height = data[0], width = data[1];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  try {
    check(longtail::rle_from_string(rest, height, width));
  } catch (const longtail::DataError&) {
  }
  std::vector<double> xy(rest.size() / sizeof(double) / 2 * 2);
  if (!xy.empty()) std::memcpy(xy.data(), rest.data(), xy.size() * sizeof(double));
  try {
    check(longtail::rle_from_polygon(xy.data(), xy.size() / 2, height, width));
  } catch (const longtail::DataError&) {
  }
  return 0;
}

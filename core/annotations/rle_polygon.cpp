#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/annotations/rle.h"

// The COCO tools walk along the outline on a grid five times as fine and keep the places where the walk crosses the
// middle of a pixel column. Only those places are computed here, by the same arithmetic: a step of the walk from fine
// column 5x+2 to 5x+3, or back, crosses column x. This file is compiled without fused multiply-adds, which would round
// differently.
namespace longtail {
namespace {

constexpr double kFine = 5;
constexpr std::int64_t kFineStep = 5;
constexpr std::int64_t kFineMiddle = 2;

struct FinePoint {
  std::int64_t x, y;
};

std::int64_t to_fine(double value) {
  if (!(std::fabs(value) <= kMaxPolygonCoordinate)) {
    throw DataError(
        fmt::format("polygon: the coordinate {} is not within {} pixels; correct it", value, kMaxPolygonCoordinate));
  }
  return static_cast<std::int64_t>(kFine * value + .5);
}

/// One edge, walked along its longer axis in ascending order: the order does not change which places are crossed.
class Edge {
 public:
  Edge(FinePoint from, FinePoint to) {
    const std::int64_t dx = std::llabs(to.x - from.x), dy = std::llabs(to.y - from.y);
    flat_ = dx >= dy;
    if (flat_ ? from.x > to.x : from.y > to.y) std::swap(from, to);
    from_ = from;
    to_ = to;
    slope_ = flat_ ? static_cast<double>(to.y - from.y) / static_cast<double>(dx)
                   : static_cast<double>(to.x - from.x) / static_cast<double>(dy);
  }

  /// Calls report(column, fine row) for each column of [0, width) that the edge crosses.
  template <class Report>
  void crossings(std::int64_t width, const Report& report) const {
    const std::int64_t low = std::min(from_.x, to_.x), high = std::max(from_.x, to_.x);
    // Columns x with low <= 5x+2 and 5x+3 <= high.
    const std::int64_t first = std::max<std::int64_t>(0, (low - kFineMiddle + kFineStep - 1) / kFineStep);
    const std::int64_t last = high < kFineMiddle + 1 ? -1 : (high - kFineMiddle - 1) / kFineStep;
    for (std::int64_t column = first; column <= std::min(last, width - 1); ++column) {
      report(column, row_at(kFineStep * column + kFineMiddle));
    }
  }

 private:
  /// The upper of the rows at fine columns `x` and `x` + 1.
  std::int64_t row_at(std::int64_t x) const {
    if (flat_) return std::min(across(from_.y, x - from_.x), across(from_.y, x + 1 - from_.x));
    return from_.y + step_over(x);
  }

  /// Place on the shorter axis after `step` steps on the longer one.
  std::int64_t across(std::int64_t start, std::int64_t step) const {
    return static_cast<std::int64_t>(static_cast<double>(start) + slope_ * static_cast<double>(step) + .5);
  }

  /// The step of a steep edge after which it has gone over from fine column x to x + 1, or back: a guess, put right.
  std::int64_t step_over(std::int64_t x) const {
    const bool rising = slope_ > 0;
    const auto beyond = [&](std::int64_t step) {
      const std::int64_t at = across(from_.x, step);
      return rising ? at > x : at <= x;
    };
    const double guess = (static_cast<double>(x - from_.x) + .5) / slope_;
    std::int64_t step = std::clamp<std::int64_t>(static_cast<std::int64_t>(guess), 0, to_.y - from_.y - 1);
    while (step > 0 && beyond(step)) --step;
    while (step + 1 < to_.y - from_.y && !beyond(step + 1)) ++step;
    return step;
  }

  FinePoint from_{}, to_{};
  double slope_ = 0;
  bool flat_ = true;
};

/// The pixel of its column from which on the mask changes.
std::int64_t pixel_row(std::int64_t fine_row, std::int32_t height) {
  const double row = (static_cast<double>(fine_row) + .5) / kFine - .5;
  return static_cast<std::int64_t>(std::ceil(std::clamp<double>(row, 0, height)));
}

/// Places, in column order, at which the mask changes -> run lengths. Two changes at one place undo each other.
std::vector<std::uint32_t> counts_between(std::vector<std::int64_t>& places, std::int64_t pixels) {
  std::sort(places.begin(), places.end());
  places.push_back(pixels);
  std::vector<std::uint32_t> counts;
  std::int64_t before = 0;
  bool join = false;
  for (const std::int64_t place : places) {
    const auto run = static_cast<std::uint32_t>(place - before);
    before = place;
    if (join) {
      counts.back() += run;
      join = false;
    } else if (run > 0 || counts.empty()) {
      counts.push_back(run);
    } else {
      join = true;
    }
  }
  return counts;
}

}  // namespace

Rle rle_from_polygon(const double* xy, std::size_t num_points, std::int32_t height, std::int32_t width) {
  std::vector<std::int64_t> places;
  FinePoint from{};
  for (std::size_t i = 0; num_points > 0 && i <= num_points; ++i) {
    const double* point = xy + 2 * (i % num_points);
    const FinePoint to{to_fine(point[0]), to_fine(point[1])};
    if (i > 0) {
      Edge(from, to).crossings(width, [&](std::int64_t column, std::int64_t fine_row) {
        places.push_back(column * height + pixel_row(fine_row, height));
      });
    }
    from = to;
  }
  return {height, width, counts_between(places, std::int64_t{height} * width)};
}

Rle rle_from_box(const BoxXywh& box, std::int32_t height, std::int32_t width) {
  const double right = box.x + box.w, bottom = box.y + box.h;
  const double corners[] = {box.x, box.y, box.x, bottom, right, bottom, right, box.y};
  return rle_from_polygon(corners, 4, height, width);
}

}  // namespace longtail

#include "core/annotations/mask_polygons.h"

#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace longtail {
namespace {

// Along the sides of pixels with what is set on the right hand: right, down, left, up.
constexpr int kDown[] = {0, 1, 0, -1};
constexpr int kRight[] = {1, 0, -1, 0};

struct Loop {
  int part = 0;  // label of the pixels inside (or around, for a hole)
  bool is_hole = false;
  std::vector<std::pair<int, int>> corners;  // x, y
};

class Tracer {
 public:
  // `parts` [height, width]: 0, or the label of the part that a pixel belongs to.
  explicit Tracer(const cv::Mat& parts) : parts_(parts), seen_(parts.rows + 1, parts.cols + 1, CV_8U, cv::Scalar(0)) {}

  std::vector<Loop> loops() {
    std::vector<Loop> loops;
    for (int y = 0; y < parts_.rows; ++y) {
      for (int x = 0; x < parts_.cols; ++x) {
        // Every loop has a side that runs right, above a pixel.
        if (part(y, x) != 0 && part(y - 1, x) != part(y, x) && !is_seen(y, x, 0)) loops.push_back(trace(y, x));
      }
    }
    return loops;
  }

 private:
  int part(int y, int x) const {
    return y < 0 || x < 0 || y >= parts_.rows || x >= parts_.cols ? 0 : parts_.at<int>(y, x);
  }
  bool is_seen(int y, int x, int direction) const { return (seen_.at<std::uint8_t>(y, x) >> direction & 1) != 0; }

  // The label on the right hand of the side that leaves the corner (y, x).
  int right_of(int y, int x, int direction) const {
    return part(direction == 2 || direction == 3 ? y - 1 : y, direction == 1 || direction == 2 ? x - 1 : x);
  }
  int left_of(int y, int x, int direction) const {
    return part(direction == 0 || direction == 3 ? y - 1 : y, direction == 2 || direction == 3 ? x - 1 : x);
  }

  Loop trace(int y, int x) {
    Loop loop;
    loop.part = part(y, x);
    const int first_y = y, first_x = x;
    int direction = 0;
    double area = 0;
    do {
      seen_.at<std::uint8_t>(y, x) |= static_cast<std::uint8_t>(1 << direction);
      area += static_cast<double>(x) * kDown[direction];
      y += kDown[direction];
      x += kRight[direction];
      // Right if possible: pixels that touch in a corner belong together only by their sides.
      int turned = (direction + 1) % 4;
      while (right_of(y, x, turned) != loop.part || left_of(y, x, turned) == loop.part) turned = (turned + 3) % 4;
      if (turned != direction) loop.corners.emplace_back(x, y);
      direction = turned;
    } while (y != first_y || x != first_x || direction != 0);
    loop.is_hole = area < 0;
    return loop;
  }

  const cv::Mat& parts_;
  cv::Mat seen_;  // a bit for each direction that was followed from a corner
};

void append(const Loop& loop, std::vector<double>& polygon) {
  for (const auto& [x, y] : loop.corners) {
    polygon.push_back(x);
    polygon.push_back(y);
  }
}

}  // namespace

std::vector<std::vector<double>> polygons_of(const Rle& mask) {
  // Columns of the mask are rows of the picture: rle_decode writes column after column.
  cv::Mat columns(mask.width, mask.height, CV_8U);
  rle_decode(mask, columns.data);
  cv::Mat parts;
  cv::connectedComponents(columns.t(), parts, 4, CV_32S);
  const std::vector<Loop> loops = Tracer(parts).loops();
  std::vector<std::vector<double>> polygons;
  for (const Loop& outer : loops) {
    if (outer.is_hole) continue;
    std::vector<double>& polygon = polygons.emplace_back();
    append(outer, polygon);
    for (const Loop& hole : loops) {
      if (!hole.is_hole || hole.part != outer.part) continue;
      const auto repeat = [&](std::size_t i) {
        const double x = polygon[i], y = polygon[i + 1];
        polygon.push_back(x);
        polygon.push_back(y);
      };
      repeat(0);
      const std::size_t start = polygon.size();
      append(hole, polygon);
      repeat(start);
    }
  }
  return polygons;
}

}  // namespace longtail

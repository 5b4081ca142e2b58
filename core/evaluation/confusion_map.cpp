#include "core/evaluation/confusion_map.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace longtail {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontScale = 0.4;
constexpr int kLineHeight = 16;
constexpr int kMargin = 16;
constexpr int kMapSide = 800;        // wanted; a cell has at least one pixel
constexpr int kNamedCell = 11;       // smallest cell that a name fits beside
constexpr std::int64_t kPairs = 25;  // listed beside the map
constexpr int kBarWidth = 200, kBarHeight = 10;
const cv::Scalar kInk(40, 40, 40);

int text_width(const std::string& text) {
  int baseline = 0;
  return cv::getTextSize(text, kFont, kFontScale, 1, &baseline).width;
}

void write(cv::Mat& image, const std::string& text, int x, int y) {
  cv::putText(image, text, {x, y}, kFont, kFontScale, kInk, 1, cv::LINE_AA);
}

/// Text that reads upwards and begins at (x, bottom).
void write_upwards(cv::Mat& image, const std::string& text, int x, int bottom) {
  cv::Mat line(kLineHeight, text_width(text) + 4, CV_8UC3, cv::Scalar::all(255)), turned;
  write(line, text, 2, kLineHeight - 5);
  cv::rotate(line, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
  const cv::Rect place(x, bottom - turned.rows, turned.cols, turned.rows);
  const cv::Rect inside = place & cv::Rect(0, 0, image.cols, image.rows);
  turned(cv::Rect(inside.x - place.x, inside.y - place.y, inside.width, inside.height)).copyTo(image(inside));
}

/// [C * cell, C * cell] colours of the square roots, `brightest` and what is above it at the bright end; rows of
/// classes that were never seen are grey.
cv::Mat heat(const LearnedConfusion& confusion, double brightest, int cell) {
  const int classes = static_cast<int>(confusion.size());
  cv::Mat shade(classes, classes, CV_8U), colours, large;
  for (int i = 0; i < classes; ++i) {
    for (int j = 0; j < classes; ++j) {
      const double share = std::sqrt(std::min(1.0, std::max(0.0, confusion.at(i, j) / brightest)));
      shade.at<std::uint8_t>(i, j) = static_cast<std::uint8_t>(std::lround(255 * share));
    }
  }
  cv::applyColorMap(shade, colours, cv::COLORMAP_VIRIDIS);
  for (int i = 0; i < classes; ++i) {
    double sum = 0;
    for (int j = 0; j < classes; ++j) sum += confusion.at(i, j);
    if (sum <= 0) colours.row(i).setTo(cv::Scalar::all(200));
  }
  cv::resize(colours, large, {classes * cell, classes * cell}, 0, 0, cv::INTER_NEAREST);
  return large;
}

/// The colours from 0 to the brightest.
cv::Mat colour_bar() {
  cv::Mat shade(1, 256, CV_8U), colours, large;
  for (int i = 0; i < 256; ++i) shade.at<std::uint8_t>(0, i) = static_cast<std::uint8_t>(i);
  cv::applyColorMap(shade, colours, cv::COLORMAP_VIRIDIS);
  cv::resize(colours, large, {kBarWidth, kBarHeight});
  return large;
}

std::vector<std::string> pair_lines(const LearnedConfusion& confusion, const std::vector<ConfusedPair>& pairs,
                                    double brightest) {
  std::vector<std::string> lines{"worst confused pairs (mean probability)", "",
                                 fmt::format("0 ... {:.3f} and more (square root); grey: never seen", brightest), ""};
  for (const ConfusedPair& pair : pairs) {
    lines.push_back(fmt::format("{:.3f}  {} taken for {}", pair.value,
                                confusion.names[static_cast<std::size_t>(pair.truth)],
                                confusion.names[static_cast<std::size_t>(pair.prediction)]));
  }
  return lines;
}

}  // namespace

std::string confusion_map_png(const LearnedConfusion& confusion) {
  const int classes = std::max(1, static_cast<int>(confusion.size()));
  const int cell = std::max(1, kMapSide / classes);
  const bool named = cell >= kNamedCell;
  const std::vector<ConfusedPair> pairs = worst_pairs(confusion, kPairs);
  // The worst confusion is the brightest: scaled by the diagonal, what the map is about would stay dark.
  const double brightest = pairs.empty() || pairs.front().value <= 0 ? 1 : pairs.front().value;
  const std::vector<std::string> lines = pair_lines(confusion, pairs, brightest);
  int names_width = 0, lines_width = kBarWidth;
  for (const std::string& name : confusion.names) names_width = std::max(names_width, text_width(name));
  for (const std::string& line : lines) lines_width = std::max(lines_width, text_width(line));
  const int left = kMargin + kLineHeight + (named ? names_width + 6 : 0), top = left;
  const cv::Mat map = heat(confusion, brightest, cell);
  const int height = std::max(top + map.rows, static_cast<int>(lines.size()) * kLineHeight) + kMargin;
  cv::Mat image(height, left + map.cols + 2 * kMargin + lines_width + kMargin, CV_8UC3, cv::Scalar::all(255));
  map.copyTo(image(cv::Rect(left, top, map.cols, map.rows)));
  for (int i = 0; named && i < static_cast<int>(confusion.size()); ++i) {
    const std::string& name = confusion.names[static_cast<std::size_t>(i)];
    const int middle = i * cell + cell / 2;
    write(image, name, left - 6 - text_width(name), top + middle + 4);
    write_upwards(image, name, left + middle - kLineHeight / 2, top - 4);
  }
  write(image, "prediction", left, kMargin);
  write_upwards(image, "ground truth", 4, top + text_width("ground truth") + 4);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    write(image, lines[i], left + map.cols + 2 * kMargin, kMargin + static_cast<int>(i + 1) * kLineHeight);
  }
  colour_bar().copyTo(image(cv::Rect(left + map.cols + 2 * kMargin, kMargin + kLineHeight + 5, kBarWidth, kBarHeight)));
  std::vector<std::uint8_t> bytes;
  cv::imencode(".png", image, bytes);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace longtail

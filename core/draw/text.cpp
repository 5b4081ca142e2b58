#include "core/draw/text.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string_view>

namespace longtail {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapital = 21;  // pixels of a capital letter at scale 1

// U+00C0 ... U+00FF
constexpr std::string_view kLatin = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

}  // namespace

std::string to_ascii(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      out += utf8[i];
    } else if (byte == 0xc3 && i + 1 < utf8.size()) {
      out += kLatin[static_cast<unsigned char>(utf8[++i]) & 0x3f];
    } else if (byte >= 0xc0) {  // the first byte of a character; the others are passed over
      out += '?';
    }
  }
  return out;
}

TextPainter::TextPainter(double height)
    : scale_(height / kCapital),
      thickness_(std::max(1, static_cast<int>(std::lround(height / 9)))),
      margin_(std::max(2, static_cast<int>(std::lround(height / 3)))) {}

cv::Size TextPainter::size(const std::string& text) const {
  int below = 0;
  const cv::Size letters = cv::getTextSize(text, kFont, scale_, thickness_, &below);
  return {letters.width + 2 * margin_, letters.height + below / 2 + 2 * margin_};
}

void TextPainter::draw(const std::string& text, const cv::Rect& rect, const cv::Scalar& background,
                       cv::Mat& rgb) const {
  cv::rectangle(rgb, rect, background, cv::FILLED);
  const bool is_light = 0.299 * background[0] + 0.587 * background[1] + 0.114 * background[2] > 140;
  int below = 0;
  cv::getTextSize(text, kFont, scale_, thickness_, &below);
  cv::putText(rgb, text, {rect.x + margin_, rect.y + rect.height - margin_ - below / 2}, kFont, scale_,
              is_light ? cv::Scalar(0, 0, 0) : cv::Scalar(255, 255, 255), thickness_, cv::LINE_AA);
}

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <opencv2/core.hpp>
#include <string>

namespace longtail {

/// OpenCV's fonts have ASCII alone: letters with accents lose them, all else becomes '?'.
LONGTAIL_API std::string to_ascii(const std::string& utf8);

/// Text of about `height` pixels (of a capital letter).
class TextPainter {
 public:
  explicit TextPainter(double height);

  /// Width and height of the text with a margin around.
  cv::Size size(const std::string& text) const;
  /// Writes the text into `rect`, which has its size, on a `background`; black or white, whichever is easier to read.
  void draw(const std::string& text, const cv::Rect& rect, const cv::Scalar& background, cv::Mat& rgb) const;

 private:
  double scale_;
  int thickness_, margin_;
};

}  // namespace longtail

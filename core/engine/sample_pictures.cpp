#include "core/engine/sample_pictures.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <ATen/ATen.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace longtail {

Image stretched(const Tensor& picture, float low, float high) {
  const Tensor scaled = ((picture - low) * (255 / std::max(high - low, 1e-6f))).clamp(0, 255);
  const Tensor bytes = scaled.to(at::kByte).permute({1, 2, 0}).contiguous();
  Image image;
  image.resize(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)));
  const std::uint8_t* begin = bytes.data_ptr<std::uint8_t>();
  std::copy(begin, begin + bytes.numel(), image.pixels.begin());
  return image;
}

void log_pictures(const std::vector<MosaicTile>& tiles, TensorBoard& board, std::int64_t step) {
  if (tiles.empty()) return;
  constexpr int kWidth = 320, kHeight = 240;
  Image mosaic = make_mosaic(tiles, kWidth, kHeight);
  const cv::Mat rgb(mosaic.height, mosaic.width, CV_8UC3, mosaic.pixels.data());
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> bytes;
  cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, 85});
  board.picture("train/pictures", std::string(bytes.begin(), bytes.end()), mosaic.height, mosaic.width, step);
  board.flush();
}

}  // namespace longtail

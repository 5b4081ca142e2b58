#include "core/data/color_jitter.h"

#include <algorithm>
#include <cstdint>

namespace longtail {
namespace {

// ITU-R 601 luma in 16-bit fixed point.
int luma(const std::uint8_t* rgb) { return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16; }

std::uint8_t blend(int from, int value, float factor) {
  const float mixed = static_cast<float>(from) + factor * static_cast<float>(value - from);
  return static_cast<std::uint8_t>(std::clamp(mixed, 0.0f, 255.0f));
}

}  // namespace

void adjust_brightness(Image& image, float factor) {
  for (std::uint8_t& value : image.pixels) value = blend(0, value, factor);
}

void adjust_contrast(Image& image, float factor) {
  const std::size_t count = image.pixels.size() / 3;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += luma(&image.pixels[i * 3]);
  const int mean = static_cast<int>(static_cast<double>(sum) / static_cast<double>(count) + 0.5);
  for (std::uint8_t& value : image.pixels) value = blend(mean, value, factor);
}

void adjust_saturation(Image& image, float factor) {
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    const int grey = luma(&image.pixels[i]);
    for (std::size_t c = 0; c < 3; ++c) image.pixels[i + c] = blend(grey, image.pixels[i + c], factor);
  }
}

}  // namespace longtail

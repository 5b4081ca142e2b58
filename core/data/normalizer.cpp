#include "core/data/normalizer.h"

#include <algorithm>

namespace longtail {

Normalizer::Normalizer(const std::vector<double>& mean, const std::vector<double>& std) {
  for (std::size_t c = 0; c < 3; ++c) {
    factor_[c] = static_cast<float>(1 / (255 * std[c]));
    offset_[c] = static_cast<float>(-mean[c] / std[c]);
    for (std::size_t value = 0; value < 256; ++value) {
      const float scaled = static_cast<float>(value) / 255.0f;
      table_[c][value] = (scaled - static_cast<float>(mean[c])) / static_cast<float>(std[c]);
    }
  }
}

void Normalizer::crop(const Image& image, int top, int left, int size, bool flip, float* out) const {
  const int begin = std::clamp(-left, 0, size);                         // first column inside the picture
  const int end = std::max(begin, std::min(size, image.width - left));  // one past the last
  const auto plane = static_cast<std::size_t>(size) * size;
  for (int c = 0; c < 3; ++c) {
    const float* const table = table_[static_cast<std::size_t>(c)].data();
    for (int y = 0; y < size; ++y) {
      float* const row = out + c * plane + static_cast<std::size_t>(y) * size;
      const int from = top + y;
      if (from < 0 || from >= image.height) {
        std::fill(row, row + size, table[0]);
        continue;
      }
      std::fill(row, row + begin, table[0]);
      const std::uint8_t* const pixels = image.row(from) + (left + begin) * 3 + c;
      for (int x = begin; x < end; ++x) row[x] = table[pixels[(x - begin) * 3]];
      std::fill(row + end, row + size, table[0]);
      if (flip) std::reverse(row, row + size);
    }
  }
}

template <class Picture, class Normalize>
void Normalizer::place_planes(const Picture& image, bool flip, std::int64_t height, std::int64_t width, float* out,
                              const Normalize& normalize) {
  const std::int64_t inside = image.width;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < image.height; ++y, out += width) {
      const auto* const pixels = image.row(y) + c;
      if (flip) {
        for (std::int64_t x = 0; x < inside; ++x) out[inside - 1 - x] = normalize(c, pixels[x * 3]);
      } else {
        for (std::int64_t x = 0; x < inside; ++x) out[x] = normalize(c, pixels[x * 3]);
      }
      std::fill(out + inside, out + width, 0.0f);
    }
    const std::int64_t below = (height - image.height) * width;
    std::fill(out, out + below, 0.0f);
    out += below;
  }
}

void Normalizer::place(const Image& image, bool flip, std::int64_t height, std::int64_t width, float* out) const {
  place_planes(image, flip, height, width, out,
               [this](int c, std::uint8_t value) { return table_[static_cast<std::size_t>(c)][value]; });
}

void Normalizer::place(const FloatImage& image, bool flip, std::int64_t height, std::int64_t width, float* out) const {
  place_planes(image, flip, height, width, out, [this](int c, float value) {
    return value * factor_[static_cast<std::size_t>(c)] + offset_[static_cast<std::size_t>(c)];
  });
}

Image Normalizer::restore(const float* planes, std::int64_t plane_height, std::int64_t plane_width, int height,
                          int width) const {
  Image image;
  image.resize(height, width);
  for (int c = 0; c < 3; ++c, planes += plane_height * plane_width) {
    const float factor = factor_[static_cast<std::size_t>(c)], offset = offset_[static_cast<std::size_t>(c)];
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float value = (planes[y * plane_width + x] - offset) / factor;
        image.row(y)[x * 3 + c] = static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
      }
    }
  }
  return image;
}

}  // namespace longtail

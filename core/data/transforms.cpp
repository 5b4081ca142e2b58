#include "core/data/transforms.h"

#include <algorithm>

#include "core/data/resize.h"

namespace longtail {

Transform::~Transform() = default;

void register_transforms(Registrar& reg) {
  reg.add<Transform, CifarTransform>("cifar", "Pad, random crop and mirror, for small pictures (He et al., 2016)");
  reg.add<Transform, ImageNetTransform>("imagenet", "Random resized crop and mirror (Szegedy et al., 2015)");
}

Normalizer::Normalizer(const std::vector<double>& mean, const std::vector<double>& std) {
  for (std::size_t c = 0; c < 3; ++c) {
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

CifarTransform::CifarTransform(Params params, const TransformContext&)
    : params_(std::move(params)), normalizer_(params_.mean, params_.std) {}

namespace {

// The whole picture at size x size.
const Image& decode_square(ImageReader& reader, int size, Image& scaled) {
  if (reader.height() == size && reader.width() == size) return reader.decode();
  BilinearResize resize = resize_and_center(reader.height(), reader.width(), size, size);
  resize.apply(reader.decode(resize.source()), scaled);
  return scaled;
}

}  // namespace

void CifarTransform::train(ImageReader& reader, Rng& rng, float* out) const {
  Image scaled;
  const Image& image = decode_square(reader, params_.size, scaled);
  const auto top = static_cast<int>(rng.below(2 * params_.padding + 1)) - params_.padding;
  const auto left = static_cast<int>(rng.below(2 * params_.padding + 1)) - params_.padding;
  normalizer_.crop(image, top, left, params_.size, rng.bernoulli(params_.flip), out);
}

void CifarTransform::test(ImageReader& reader, float* out) const {
  Image scaled;
  normalizer_.crop(decode_square(reader, params_.size, scaled), 0, 0, params_.size, false, out);
}

}  // namespace longtail

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/data/color_jitter.h"
#include "core/data/resize.h"
#include "core/data/transforms.h"

namespace longtail {
namespace {

// Three changes in random order, each with a factor of its own.
void jitter_colors(Image& image, double strength, Rng& rng) {
  std::vector<void (*)(Image&, float)> changes{adjust_brightness, adjust_contrast, adjust_saturation};
  rng.shuffle(changes);
  for (const auto change : changes) change(image, static_cast<float>(rng.uniform(1 - strength, 1 + strength)));
}

}  // namespace

ImageNetTransform::ImageNetTransform(Params params, const TransformContext&)
    : params_(std::move(params)), normalizer_(params_.mean, params_.std) {}

Rect ImageNetTransform::draw_part(int height, int width, Rng& rng) const {
  const double area = static_cast<double>(height) * width;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * rng.uniform(params_.scale[0], params_.scale[1]);
    const double ratio = std::exp(rng.uniform(std::log(params_.ratio[0]), std::log(params_.ratio[1])));
    const int w = static_cast<int>(std::nearbyint(std::sqrt(target * ratio)));
    const int h = static_cast<int>(std::nearbyint(std::sqrt(target / ratio)));
    if (w <= 0 || w > width || h <= 0 || h > height) continue;
    const auto top = static_cast<int>(rng.below(height - h + 1));
    return {top, static_cast<int>(rng.below(width - w + 1)), h, w};
  }
  // The picture is longer than any part may be: the largest central part of an allowed shape.
  const double ratio = std::clamp(static_cast<double>(width) / height, params_.ratio[0], params_.ratio[1]);
  const int w = std::min(width, static_cast<int>(std::nearbyint(height * ratio)));
  const int h = std::min(height, static_cast<int>(std::nearbyint(width / ratio)));
  return {(height - h) / 2, (width - w) / 2, std::max(h, 1), std::max(w, 1)};
}

void ImageNetTransform::train(ImageReader& reader, Rng& rng, float* out) const {
  const Rect part = draw_part(reader.height(), reader.width(), rng);
  const bool flip = rng.bernoulli(params_.flip);
  const int size = params_.size;
  Image scaled;
  BilinearResize(part.height, part.width, size, size, {0, 0, size, size}).apply(reader.decode(part), scaled);
  if (params_.color_jitter > 0) jitter_colors(scaled, params_.color_jitter, rng);
  normalizer_.crop(scaled, 0, 0, size, flip, out);
}

void ImageNetTransform::test(ImageReader& reader, float* out) const {
  BilinearResize resize = resize_and_center(reader.height(), reader.width(), params_.resize, params_.size);
  Image scaled;
  resize.apply(reader.decode(resize.source()), scaled);
  normalizer_.crop(scaled, 0, 0, params_.size, false, out);
}

}  // namespace longtail

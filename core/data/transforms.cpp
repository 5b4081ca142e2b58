#include "core/data/transforms.h"

#include "core/data/resize.h"

namespace longtail {

Transform::~Transform() = default;

void register_transforms(Registrar& reg) {
  reg.add<Transform, CifarTransform>("cifar", "Pad, random crop and mirror, for small pictures (He et al., 2016)");
  reg.add<Transform, ImageNetTransform>("imagenet", "Random resized crop and mirror (Szegedy et al., 2015)");
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

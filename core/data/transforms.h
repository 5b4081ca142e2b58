#pragma once

#include <longtail/catalog.h>
#include <longtail/export.h>
#include <longtail/rng.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/data/image.h"

namespace longtail {

struct TransformContext {};

/// From a picture file to the floats that a network sees: [3, size, size], channels R, G, B, normalised.
class LONGTAIL_API Transform {
 public:
  using Context = TransformContext;
  static constexpr std::string_view kind = "transform";

  virtual ~Transform();
  /// Side of the square output, pixels.
  virtual int size() const = 0;
  /// Augmented: draws from `rng` alone. Writes 3 * size * size floats to `out`.
  virtual void train(ImageReader& reader, Rng& rng, float* out) const = 0;
  virtual void test(ImageReader& reader, float* out) const = 0;
};

/// (value / 255 - mean) / std for each channel and 8-bit value, computed as torchvision does, in float.
class LONGTAIL_API Normalizer {
 public:
  Normalizer(const std::vector<double>& mean, const std::vector<double>& std);
  const float* channel(int c) const { return table_[static_cast<std::size_t>(c)].data(); }

  /// Cuts out [size, size] pixels whose corner is (top, left), which may lie outside the picture: there, black. Mirrors
  /// them where `flip`, and writes normalised planes: one pass.
  void crop(const Image& image, int top, int left, int size, bool flip, float* out) const;

 private:
  std::array<std::array<float, 256>, 3> table_;
};

/// The usual recipe for CIFAR: `padding` black pixels around, a random crop, a mirror image half of the time; as it is
/// at test time. A picture of another size is first scaled to it (short side, centre).
class LONGTAIL_API CifarTransform final : public Transform {
 public:
  struct Params {
    int size = 32;
    int padding = 4;
    double flip = 0.5;
    std::vector<double> mean{0.4914, 0.4822, 0.4465};
    std::vector<double> std{0.2023, 0.1994, 0.2010};

    void bind(ParamBinder& p) {
      p("size", size, "Side of the picture, pixels", in(1, 4096));
      p("padding", padding, "Black pixels added on each side before the random crop", in(0, 4096));
      p("flip", flip, "Probability of a mirror image", in(0, 1));
      p("mean", mean, "Mean of R, G, B, of values in [0, 1]");
      p("std", std, "Standard deviation of R, G, B", greater_than(0));
    }
  };

  explicit CifarTransform(Params params, const TransformContext& context = {});
  int size() const override { return params_.size; }
  void train(ImageReader& reader, Rng& rng, float* out) const override;
  void test(ImageReader& reader, float* out) const override;

 private:
  Params params_;
  Normalizer normalizer_;
};

}  // namespace longtail

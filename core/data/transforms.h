#pragma once

#include <longtail/export.h>
#include <longtail/plugin.h>
#include <longtail/rng.h>

#include <string_view>
#include <vector>

#include "core/data/image.h"
#include "core/data/normalizer.h"

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

/// Offers the transforms of the core, `cifar` and `imagenet`, to a catalog.
LONGTAIL_API void register_transforms(Registrar& reg);

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
      p.check(mean.size() == 3 && std.size() == 3, "'mean' and 'std' need 3 entries each: R, G, B");
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

/// The usual recipe for ImageNet. Training: a random part of random shape, scaled to size x size, a mirror image half
/// of the time, and, for ImageNet-LT, changes of brightness, contrast and saturation. Test: the short side scaled to
/// `resize`, the centre cut out.
class LONGTAIL_API ImageNetTransform final : public Transform {
 public:
  struct Params {
    int size = 224;
    int resize = 256;
    std::vector<double> scale{0.08, 1.0};
    std::vector<double> ratio{3.0 / 4, 4.0 / 3};
    double flip = 0.5;
    double color_jitter = 0;
    std::vector<double> mean{0.485, 0.456, 0.406};
    std::vector<double> std{0.229, 0.224, 0.225};

    void bind(ParamBinder& p) {
      p("size", size, "Side of the picture, pixels", in(1, 4096));
      p("resize", resize, "Test: short side before the centre of `size` is cut out; at least `size`", in(1, 8192));
      p("scale", scale, "Training: smallest and largest part of the picture's area", in(0, 1));
      p("ratio", ratio, "Training: smallest and largest width / height of the part", greater_than(0));
      p("flip", flip, "Probability of a mirror image", in(0, 1));
      p("color_jitter", color_jitter,
        "Brightness, contrast and saturation are multiplied by 1 +- this at most; ImageNet-LT: 0.4", in(0, 1));
      p("mean", mean, "Mean of R, G, B, of values in [0, 1]");
      p("std", std, "Standard deviation of R, G, B", greater_than(0));
      p.check(mean.size() == 3 && std.size() == 3, "'mean' and 'std' need 3 entries each: R, G, B");
      p.check(is_range(scale), "'scale' must be [smallest, largest]");
      p.check(is_range(ratio), "'ratio' must be [smallest, largest]");
      p.check(resize >= size, "'resize' must be at least 'size'");
    }
  };

  explicit ImageNetTransform(Params params, const TransformContext& context = {});
  int size() const override { return params_.size; }
  void train(ImageReader& reader, Rng& rng, float* out) const override;
  void test(ImageReader& reader, float* out) const override;

  /// The part that training cuts out of a height x width picture (torchvision's RandomResizedCrop).
  Rect draw_part(int height, int width, Rng& rng) const;

 private:
  static bool is_range(const std::vector<double>& range) {
    return range.size() == 2 && range[0] <= range[1] && range[1] > 0;
  }

  Params params_;
  Normalizer normalizer_;
};

}  // namespace longtail

#pragma once

#include <longtail/module.h>

#include <cstdint>

namespace longtail {

/// A 1x1 convolution of cosine similarities: temperature * <w / |w|, x / |x|> + bias at each pixel (NormedConv2d of the
/// Seesaw recipe).
class NormedConv2d final : public Module {
 public:
  NormedConv2d(std::int64_t in_channels, std::int64_t out_channels, double temperature = 20.0);
  /// [N, in, H, W] -> [N, out, H, W]: the convolution of directions(x) with directions().
  Tensor forward(const Tensor& x) const;

  /// temperature * x / |x| at each pixel, of the same shape.
  Tensor directions(const Tensor& x) const;
  /// w / |w|, [out, in, 1, 1].
  Tensor directions() const;

  Tensor weight;  // [out, in, 1, 1]
  Tensor bias;    // [out]

 private:
  double temperature_;
};

}  // namespace longtail

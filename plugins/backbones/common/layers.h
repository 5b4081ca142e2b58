#pragma once

#include <cstdint>
#include <string>

#include <longtail/module.h>

namespace longtail {

/// What happens to batch norms: statistics of the batch; running statistics with trained scale and shift; or nothing
/// trained at all.
enum class Norm { batch, running, frozen };

/// A convolution without bias. The weight [out, in / groups, k, k] lies channels-last, the layout that convolutions on
/// CPUs and tensor cores are fastest in.
class Conv2d final : public Module {
 public:
  struct Shape {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    std::int64_t groups = 1;
  };
  /// He et al.'s initialisation over the outgoing or the incoming connections.
  enum class Fan { in, out };

  Conv2d(const Shape& shape, Fan fan);
  /// x [B, in, H, W] -> [B, out, ceil(H / stride), ceil(W / stride)], with `kernel_weight` in place of the own weight.
  Tensor apply(const Tensor& x, const Tensor& kernel_weight, const Tensor& bias) const;

  Tensor weight;

 private:
  Shape shape_;
};

/// A batch norm with torchvision's names: weight, bias, running_mean, running_var, num_batches_tracked.
class BatchNorm2d final : public Module {
 public:
  BatchNorm2d(std::int64_t channels, Norm norm, double eps);
  /// No training of scale and shift, and running statistics, from now on.
  void freeze();
  bool uses_running_statistics() const { return norm_ != Norm::batch || !is_training(); }
  /// With the batch's statistics; updates the running ones.
  Tensor normalize(const Tensor& x);

  Tensor weight, bias, running_mean, running_var, num_batches_tracked;
  double eps() const { return eps_; }

 private:
  Norm norm_;
  double eps_;
};

/// norm(conv(x)). Running statistics are folded into the convolution: one pass over the map instead of two.
Tensor conv_norm(const Tensor& x, const Conv2d& conv, BatchNorm2d& norm);

}  // namespace longtail

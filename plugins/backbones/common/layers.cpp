#include "layers.h"

#include <cmath>

namespace longtail {

Conv2d::Conv2d(const Shape& shape, Fan fan) : shape_(shape) {
  const std::int64_t area = shape.kernel * shape.kernel;
  const std::int64_t connections = area * (fan == Fan::in ? shape.in / shape.groups : shape.out);
  const Tensor values = at::empty({shape.out, shape.in / shape.groups, shape.kernel, shape.kernel});
  values.normal_(0, std::sqrt(2.0 / static_cast<double>(connections)));
  weight = register_parameter("weight", values.contiguous(at::MemoryFormat::ChannelsLast));
}

Tensor Conv2d::apply(const Tensor& x, const Tensor& kernel_weight, const Tensor& bias) const {
  const std::int64_t padding = shape_.kernel / 2;
  return at::conv2d(x, kernel_weight, bias, {shape_.stride, shape_.stride}, {padding, padding}, {1, 1}, shape_.groups);
}

BatchNorm2d::BatchNorm2d(std::int64_t channels, Norm norm, double eps) : norm_(norm), eps_(eps) {
  weight = register_parameter("weight", at::ones({channels}), norm != Norm::frozen);
  bias = register_parameter("bias", at::zeros({channels}), norm != Norm::frozen);
  running_mean = register_buffer("running_mean", at::zeros({channels}));
  running_var = register_buffer("running_var", at::ones({channels}));
  num_batches_tracked = register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
}

void BatchNorm2d::freeze() {
  norm_ = Norm::frozen;
  weight.set_requires_grad(false);
  bias.set_requires_grad(false);
}

Tensor BatchNorm2d::normalize(const Tensor& x) {
  num_batches_tracked.add_(1);
  return at::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/true, /*momentum=*/0.1, eps_,
                        /*cudnn_enabled=*/true);
}

Tensor conv_norm(const Tensor& x, const Conv2d& conv, BatchNorm2d& norm) {
  if (!norm.uses_running_statistics()) return norm.normalize(conv.apply(x, conv.weight, {}));
  // A weight has far fewer values than a map. Gradients reach the weight, the scale and the shift through it.
  const Tensor scale = norm.weight * (norm.running_var + norm.eps()).rsqrt();
  const Tensor folded = conv.weight * scale.view({-1, 1, 1, 1});
  return conv.apply(x, folded, norm.bias - norm.running_mean * scale);
}

}  // namespace longtail

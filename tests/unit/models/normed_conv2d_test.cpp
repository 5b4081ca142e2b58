#include "core/models/normed_conv2d.h"

#include <cmath>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

TEST(NormedConv2d, IsTheCosineAtEachPixel) {
  NormedConv2d layer(3, 2, 20.0);
  testing::to_double(layer);
  const at::NoGradGuard no_grad;
  layer.weight.copy_(waves({2, 3, 1, 1}, 1.0));
  layer.bias.copy_(at::tensor({0.5, -0.25}, at::kDouble));
  const Tensor x = waves({2, 3, 2, 2}, 3.0, 1);
  const Tensor out = layer.forward(x);
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t c = 0; c < 2; ++c) {
      const Tensor pixel = x[n].select(1, 1).select(1, 0), weight = layer.weight[c].view(-1);
      const double cosine =
          (pixel * weight).sum().item<double>() / (pixel.norm().item<double>() * weight.norm().item<double>());
      // 1e-6 is added to both lengths.
      EXPECT_NEAR(out[n][c][1][0].item<double>(), 20 * cosine + layer.bias[c].item<double>(), 1e-4);
    }
  }
  EXPECT_TRUE(near(layer.forward(x * 7), out, 1e-4));
}

TEST(NormedConv2d, AZeroPixelGivesTheBias) {
  NormedConv2d layer(3, 2);
  const Tensor x = at::zeros({1, 3, 1, 1}).requires_grad_();
  const Tensor out = layer.forward(x);
  EXPECT_EQ(out.abs().sum().item<double>(), 0);
  out.sum().backward();
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
}

}  // namespace
}  // namespace longtail

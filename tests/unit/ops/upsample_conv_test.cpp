#include "core/ops/upsample_conv.h"

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

TEST(UpsampleConv, IsTheTransposedConvolutionAndSoAreItsGradients) {
  const Tensor weight_values = waves({3, 5, 2, 2}, 0.5, 1), bias_values = waves({5}, 0.3, 2);
  for (const std::int64_t count : {2, 0}) {
    std::vector<std::vector<Tensor>> results;
    for (const bool ours : {true, false}) {
      const Tensor x = waves({count, 3, 4, 7}, 1.0).requires_grad_();
      const Tensor weight = weight_values.clone().requires_grad_(), bias = bias_values.clone().requires_grad_();
      const Tensor out = ours ? upsample_conv(x, weight, bias) : at::conv_transpose2d(x, weight, bias, {2, 2});
      (out * waves(out.sizes().vec(), 1.0, 3)).sum().backward();
      results.push_back({out, x.grad(), weight.grad(), bias.grad()});
    }
    EXPECT_EQ(results[0][0].sizes(), at::IntArrayRef({count, 5, 8, 14}));
    for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(near(results[0][i], results[1][i], 1e-12)) << i;
  }
}

TEST(UpsampleConv, IsChannelsLast) {
  EXPECT_TRUE(upsample_conv(at::ones({1, 3, 4, 4}), at::ones({3, 2, 2, 2}), at::zeros({2}))
                  .is_contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace longtail

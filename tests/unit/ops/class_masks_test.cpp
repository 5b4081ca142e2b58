#include "core/ops/class_masks.h"

#include "core/ops/upsample_conv.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

/// Output and gradients of f at inputs that require them.
template <class Function>
std::vector<Tensor> with_gradients(std::vector<Tensor> inputs, const Function& f) {
  for (Tensor& input : inputs) input = input.detach().clone().requires_grad_();
  const Tensor out = f(inputs);
  (out * waves(out.sizes().vec(), 1.0, 7)).sum().backward();
  std::vector<Tensor> results = {out};
  for (const Tensor& input : inputs) results.push_back(input.grad());
  return results;
}

void expect_same(const std::vector<Tensor>& got, const std::vector<Tensor>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].sizes(), expected[i].sizes()) << i;
    EXPECT_TRUE(near(got[i], expected[i], 1e-11)) << i;
  }
}

/// All classes' maps, and of each instance its class's.
Tensor chosen(const Tensor& features, const Tensor& weight, const Tensor& bias, const Tensor& labels) {
  const Tensor maps = at::conv2d(features, weight, bias);
  return maps.index({at::arange(labels.size(0), at::kLong), labels});
}

TEST(ClassMasks, AreTheOwnClassesMapsOfTheConvolution) {
  // More and fewer channels than a vector register's; a class twice, some not at all.
  for (const std::int64_t channels : {5, 71}) {
    const Tensor labels = at::tensor(std::vector<std::int64_t>{4, 0, 4}, at::kLong);
    const std::vector<Tensor> inputs = {waves({3, channels, 3, 5}, 1.0), waves({6, channels, 1, 1}, 0.5, 1),
                                        waves({6}, 0.2, 2)};
    expect_same(with_gradients(inputs, [&](const auto& in) { return class_masks(in[0], in[1], in[2], labels); }),
                with_gradients(inputs, [&](const auto& in) { return chosen(in[0], in[1], in[2], labels); }));
  }
}

TEST(ClassMasks, UpsampledAreThoseOfTheRectifiedTransposedConvolution) {
  for (const std::int64_t channels : {3, 40}) {
    const Tensor labels = at::tensor(std::vector<std::int64_t>{1, 2}, at::kLong);
    const std::vector<Tensor> inputs = {waves({2, 4, 3, 5}, 1.0), waves({4, channels, 2, 2}, 0.5, 1),
                                        waves({channels}, 0.2, 2), waves({6, channels, 1, 1}, 0.5, 3),
                                        waves({6}, 0.2, 4)};
    const auto parts = [&](const auto& in) {
      return chosen(at::conv_transpose2d(in[0], in[1], in[2], {2, 2}).relu(), in[3], in[4], labels);
    };
    expect_same(
        with_gradients(
            inputs, [&](const auto& in) { return upsampled_class_masks(in[0], in[1], in[2], in[3], in[4], labels); }),
        with_gradients(inputs, parts));
  }
}

TEST(ClassMasks, NoInstances) {
  const Tensor none = at::empty({0}, at::kLong), weight = at::ones({9, 4, 1, 1}), bias = at::ones({9});
  EXPECT_EQ(class_masks(at::empty({0, 4, 28, 28}), weight, bias, none).sizes(), at::IntArrayRef({0, 28, 28}));
  EXPECT_EQ(upsampled_class_masks(at::empty({0, 3, 14, 14}), at::ones({3, 4, 2, 2}), at::ones({4}), weight, bias, none)
                .sizes(),
            at::IntArrayRef({0, 28, 28}));
}

}  // namespace
}  // namespace longtail

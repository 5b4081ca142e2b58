// What it computes, by hand and by differences. CTest runs this as plugin.@name@.test.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/loss.h>
#include <longtail/plugin_loader.h>

namespace {

using longtail::LossInput;
using longtail::Tensor;

/// As a configuration makes it, such as `{type: @name@}`.
std::shared_ptr<longtail::Loss> make(const std::string& yaml, const longtail::LossContext& context) {
  longtail::Catalog catalog;
  longtail::load_plugin(LONGTAIL_TEST_PLUGIN_DIR "/@name@.longtail.so", catalog);
  longtail::Diagnostics diagnostics;
  const longtail::Node node = longtail::parse_yaml(yaml, "test", diagnostics);
  const longtail::ComponentSpec spec = catalog.resolve("loss", node, diagnostics);
  diagnostics.throw_if_any();
  return catalog.make<longtail::Loss>(spec, context);
}

longtail::LossContext two_classes() {
  longtail::LossContext context;
  context.num_classes = 2;
  context.instance_counts = {9, 1};
  return context;
}

/// Of one sample of class 0.
Tensor value(longtail::Loss& loss, const Tensor& logits) {
  return loss(LossInput(logits, at::zeros({1}, at::kLong), 2))[0].values;
}

// Equal logits: p is one half, so that cross entropy is log 2 and the focus is 0.5^gamma.
TEST(@Name@, IsWhatItIsByHand) {
  const Tensor logits = at::zeros({1, 2}, at::kDouble);
  EXPECT_NEAR(value(*make("{type: @name@, gamma: 0}", two_classes()), logits).item<double>(), std::log(2.0), 1e-12);
  EXPECT_NEAR(value(*make("{type: @name@, gamma: 2}", two_classes()), logits).item<double>(), std::log(2.0) / 4, 1e-12);
}

TEST(@Name@, ItsGradientIsThatOfDifferences) {
  const auto loss = make("@name@", two_classes());
  const Tensor logits = at::tensor({0.4, -0.3}, at::kDouble).view({1, 2}).requires_grad_();
  value(*loss, logits).sum().backward();
  for (std::int64_t i = 0; i < 2; ++i) {
    Tensor step = at::zeros({1, 2}, at::kDouble);
    step[0][i] = 1e-6;
    const Tensor difference = value(*loss, logits.detach() + step) - value(*loss, logits.detach() - step);
    EXPECT_NEAR(logits.grad()[0][i].item<double>(), difference.item<double>() / 2e-6, 1e-7) << i;
  }
}

}  // namespace

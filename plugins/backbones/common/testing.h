#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <longtail/backbone.h>

#include "tests/support/plugins.h"

namespace longtail::testing {

inline std::shared_ptr<Backbone> make_backbone(const Catalog& catalog, const std::string& text) {
  BackboneContext context;
  context.catalog = &catalog;
  return make<Backbone>(catalog, text, context);
}

/// Weights by the formula of tests/oracle/resnet.py.
inline void fill(Backbone& backbone) {
  std::vector<std::pair<std::string, Tensor>> state;
  for (const auto& item : backbone.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : backbone.named_buffers()) state.emplace_back(item.key(), item.value());
  std::sort(state.begin(), state.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const at::NoGradGuard no_grad;
  const auto ends_with = [](const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
  };
  for (std::size_t i = 0; i < state.size(); ++i) {
    auto& [name, tensor] = state[i];
    if (ends_with(name, "num_batches_tracked")) continue;
    constexpr std::int64_t prime = 2147483647;
    const auto start = static_cast<std::int64_t>(1 + 1000 * i);
    const Tensor x = ((at::arange(tensor.numel(), at::kLong) + start) * 48271).remainder(prime);
    Tensor values = (x * x).remainder(prime).to(at::kDouble) * (2.0 / prime) - 1;
    if (tensor.dim() == 4) {
      values = values * std::sqrt(6.0 / static_cast<double>(tensor[0].numel()));
    } else {
      values = values * 0.1 + (ends_with(name, "weight") || ends_with(name, "running_var") ? 1.0 : 0.0);
    }
    tensor.copy_(values.view(tensor.sizes()));
  }
}

inline void expect_summary(const Tensor& tensor, const Tensor& expected, const std::string& what) {
  const Tensor flat = tensor.detach().contiguous().view(-1);
  const std::int64_t n = flat.numel();
  const Tensor got = at::stack({flat.mean(), flat.abs().mean(), flat[0], flat[n / 3], flat[n - 1]});
  EXPECT_TRUE(near(got, expected, 1e-8 * (1 + expected.abs().max().item<double>()))) << what;
}

/// Forward at test time and at training, gradients and running statistics beside the oracle's.
inline void expect_like_torchvision(Backbone& backbone, const std::string& name, std::int64_t size) {
  const Node expected = oracle("resnet.json");
  to_double(backbone);
  fill(backbone);
  const Tensor images = waves({4, 3, size, size}, 1.0);
  for (const std::string mode : {"eval", "train"}) {
    backbone.train(mode == "train");
    const std::vector<Tensor> maps = backbone.forward(images);
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const std::string path = name + "." + mode + "." + std::to_string(i);
      expect_summary(maps[i], numbers(expected, path), path);
    }
    if (mode == "eval") continue;
    const Tensor pooled = maps.back().mean({2, 3});
    (pooled * waves(pooled.sizes().vec(), 1.0, 3)).sum().backward();
  }
  for (const auto& item : expected.find_path(name + ".gradients")->entries()) {
    std::string parameter = item.key;
    std::replace(parameter.begin(), parameter.end(), '/', '.');
    const Tensor gradient = backbone.named_parameters()[parameter].grad();
    expect_summary(gradient, numbers(item.value, ""), name + " " + parameter);
  }
  expect_summary(backbone.named_buffers()["bn1.running_var"], numbers(expected, name + ".running"),
                 name + " running_var");
}

}  // namespace longtail::testing

#include <longtail/backbone.h>
#include <longtail/error.h>

#include "../common/testing.h"

namespace longtail {
namespace {

using testing::expect_like_torchvision;
using testing::make_backbone;
using testing::waves;

const Catalog& catalog() {
  static const Catalog resnet = testing::catalog_of({"resnet"});
  return resnet;
}

std::shared_ptr<Backbone> make(const std::string& text) { return make_backbone(catalog(), text); }

TEST(ResNet, Depth18IsTorchvisions) { expect_like_torchvision(*make("{type: resnet, depth: 18}"), "resnet18", 64); }
TEST(ResNet, Depth50IsTorchvisions) { expect_like_torchvision(*make("{type: resnet, depth: 50}"), "resnet50", 64); }
TEST(ResNet, CifarDepth20IsHeEtAls) {
  expect_like_torchvision(*make("{type: resnet, depth: 20, stem: cifar}"), "resnet20", 32);
}

TEST(ResNet, StagesSayTheShapeOfTheMaps) {
  for (const char* text : {"{type: resnet, depth: 18}", "{type: resnet, depth: 50, stem: cifar}",
                           "{type: resnet, depth: 32, stem: cifar}"}) {
    const auto backbone = make(text);
    backbone->eval();
    const at::NoGradGuard no_grad;
    const auto maps = backbone->forward(at::zeros({1, 3, 35, 50}));
    const auto stages = backbone->stages();
    ASSERT_EQ(maps.size(), stages.size());
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const std::int64_t stride = stages[i].stride;
      EXPECT_EQ(maps[i].sizes(),
                at::IntArrayRef({1, stages[i].channels, (35 + stride - 1) / stride, (50 + stride - 1) / stride}));
    }
    EXPECT_EQ(backbone->pooled(at::zeros({2, 3, 32, 32})).sizes(), at::IntArrayRef({2, stages.back().channels}));
  }
}

TEST(ResNet, NumberOfParameters) {
  const auto count = [](const std::string& text) {
    std::int64_t sum = 0;
    for (const Tensor& parameter : make(text)->parameters()) sum += parameter.numel();
    return sum;
  };
  // torchvision's counts without fc; He et al. print 0.27 and 0.46 million with the classifier.
  EXPECT_EQ(count("{type: resnet, depth: 34}"), 21284672);
  EXPECT_EQ(count("{type: resnet, depth: 50}"), 23508032);
  EXPECT_EQ(count("{type: resnet, depth: 101}"), 42500160);
  EXPECT_EQ(count("{type: resnet, depth: 20, stem: cifar}"), 269722 - 650);
  EXPECT_EQ(count("{type: resnet, depth: 32, stem: cifar}"), 464154 - 650);
}

TEST(ResNet, FrozenPartsNeitherTrainNorCount) {
  const auto backbone = make("{type: resnet, depth: 18, frozen_stages: 1}");
  backbone->train();
  const auto parameters = backbone->named_parameters();
  const auto buffers = backbone->named_buffers();
  const Tensor frozen = buffers["layer1.0.bn1.running_mean"].clone(),
               free = buffers["layer2.0.bn1.running_mean"].clone();
  backbone->pooled(waves({2, 3, 32, 32}, 1.0).to(at::kFloat)).sum().backward();
  for (const auto& parameter : parameters) {
    const std::string& name = parameter.key();
    const bool expected = name.rfind("conv1", 0) != 0 && name.rfind("bn1", 0) != 0 && name.rfind("layer1", 0) != 0;
    EXPECT_EQ(parameter.value().requires_grad(), expected) << name;
    EXPECT_EQ(parameter.value().grad().defined(), expected) << name;
  }
  EXPECT_TRUE(at::equal(buffers["layer1.0.bn1.running_mean"], frozen));
  EXPECT_FALSE(at::equal(buffers["layer2.0.bn1.running_mean"], free));
}

TEST(ResNet, RunningNormsTrainTheirScale) {
  const auto gradient = [](const std::string& norm) {
    at::manual_seed(0);
    const auto backbone = make("{type: resnet, depth: 18, norm: " + norm + "}");
    backbone->train();
    backbone->pooled(waves({2, 3, 32, 32}, 1.0).to(at::kFloat)).sum().backward();
    return backbone->named_parameters()["layer3.0.bn1.weight"].grad();
  };
  EXPECT_FALSE(gradient("frozen").defined());
  EXPECT_TRUE(gradient("running").defined());
}

TEST(ResNet, FoldedNormsHaveTheGradientsOfSeparateOnes) {
  const auto backbone = make("{type: resnet, depth: 18, norm: running}");
  testing::to_double(*backbone);
  testing::fill(*backbone);
  const Tensor images = waves({1, 3, 32, 32}, 1.0);
  backbone->pooled(images).sum().backward();
  for (const char* name : {"bn1.weight", "bn1.bias", "layer2.0.downsample.1.weight", "layer4.1.conv2.weight"}) {
    const Tensor parameter = backbone->named_parameters()[name];
    const auto first = [](Tensor tensor) {
      while (tensor.dim() > 0) tensor = tensor[0];
      return tensor;
    };
    const double step = 1e-6;
    const auto value = [&](double by) {
      const at::NoGradGuard no_grad;
      first(parameter).add_(by);
      const double sum = backbone->pooled(images).sum().item<double>();
      first(parameter).sub_(by);
      return sum;
    };
    const double numeric = (value(step) - value(-step)) / (2 * step);
    EXPECT_NEAR(first(parameter.grad()).item<double>(), numeric, 1e-5 * (1 + std::abs(numeric))) << name;
  }
}

TEST(ResNet, StartsAsHeEtAlSay) {
  at::manual_seed(1);
  const auto wide = make("{type: resnet, depth: 18, zero_init_residual: true}");
  const Tensor conv = wide->named_parameters()["layer4.0.conv1.weight"];  // [512, 256, 3, 3]
  EXPECT_NEAR(conv.std().item<double>(), std::sqrt(2.0 / (512 * 9)), 1e-4);
  EXPECT_EQ(wide->named_parameters()["layer4.0.bn2.weight"].abs().sum().item<double>(), 0);
  const auto cifar = make("{type: resnet, depth: 56, stem: cifar}");
  const Tensor narrow =
      cifar->named_parameters()["layer3.0.conv1.weight"];  // [64, 32, 3, 3], over incoming connections
  EXPECT_NEAR(narrow.std().item<double>(), std::sqrt(2.0 / (32 * 9)), 2e-3);
}

TEST(ResNet, WidthScalesEveryStage) {
  const auto narrow = make("{type: resnet, depth: 18, width: 24}");
  std::vector<std::int64_t> channels;
  for (const Backbone::Stage& stage : narrow->stages()) channels.push_back(stage.channels);
  EXPECT_EQ(channels, (std::vector<std::int64_t>{24, 48, 96, 192}));
  EXPECT_EQ(narrow->named_parameters()["conv1.weight"].size(0), 24);
  EXPECT_EQ(narrow->forward(at::zeros({1, 3, 64, 64})).back().sizes(), (std::vector<std::int64_t>{1, 192, 2, 2}));
}

TEST(ResNet, RefusesDepthsThatDoNotExist) {
  for (const auto& [text, expected] :
       {std::make_pair("{type: resnet, depth: 21}", "no layout of depth 21; there are 18"),
        std::make_pair("{type: resnet, depth: 200}", "no layout of depth 200"),
        std::make_pair("{type: resnet, depth: 32}", "set stem: cifar")}) {
    Diagnostics diagnostics;
    catalog().resolve("backbone", testing::yaml(text), diagnostics);
    ASSERT_EQ(diagnostics.findings().size(), 1u) << text;
    EXPECT_NE(diagnostics.text().find("test:1:1"), std::string::npos) << diagnostics.text();
    EXPECT_NE(diagnostics.text().find(expected), std::string::npos) << diagnostics.text();
  }
  EXPECT_THROW(make("{type: resnet, depth: 32, stem: cifar, frozen_stages: 4}"), ConfigError);
}

}  // namespace
}  // namespace longtail

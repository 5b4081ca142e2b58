#include "core/models/mask_rcnn/fpn.h"

#include <longtail/error.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::waves;

FpnConfig config(std::int64_t channels, std::int64_t levels) {
  FpnConfig config;
  config.channels = channels;
  config.levels = levels;
  return config;
}

TEST(Fpn, ShapesAndStrides) {
  const Fpn fpn({{8, 4}, {16, 8}, {32, 16}}, config(6, 5));
  EXPECT_EQ(fpn.strides(), (std::vector<std::int64_t>{4, 8, 16, 32, 64}));
  // Sides that no stride divides.
  const auto maps = fpn.forward({at::rand({2, 8, 13, 9}), at::rand({2, 16, 7, 5}), at::rand({2, 32, 4, 3})});
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes = {{13, 9}, {7, 5}, {4, 3}, {2, 2}, {1, 1}};
  ASSERT_EQ(maps.size(), sizes.size());
  for (std::size_t l = 0; l < maps.size(); ++l) {
    EXPECT_EQ(maps[l].sizes(), at::IntArrayRef({2, 6, sizes[l].first, sizes[l].second})) << l;
    EXPECT_TRUE(maps[l].is_contiguous(at::MemoryFormat::ChannelsLast)) << l;
  }
}

TEST(Fpn, NamesAreTorchvisions) {
  const Fpn fpn({{8, 4}, {16, 8}}, config(6, 3));
  std::vector<std::string> names;
  for (const auto& item : fpn.named_parameters()) names.push_back(item.key());
  EXPECT_EQ(names, (std::vector<std::string>{"inner_blocks.0.weight", "inner_blocks.0.bias", "inner_blocks.1.weight",
                                             "inner_blocks.1.bias", "layer_blocks.0.weight", "layer_blocks.0.bias",
                                             "layer_blocks.1.weight", "layer_blocks.1.bias"}));
}

TEST(Fpn, ByHand) {
  Fpn fpn({{1, 1}, {1, 2}}, config(1, 3));
  testing::to_double(fpn);
  const at::NoGradGuard no_grad;
  auto parameters = fpn.named_parameters();
  parameters["inner_blocks.0.weight"].fill_(2);
  parameters["inner_blocks.0.bias"].fill_(1);
  parameters["inner_blocks.1.weight"].fill_(10);
  parameters["layer_blocks.0.weight"].zero_();
  parameters["layer_blocks.0.weight"].select(2, 1).select(2, 1).fill_(1);  // the identity
  parameters["layer_blocks.1.weight"].fill_(1);                            // the sum of the neighbourhood
  const Tensor fine = at::arange(9, at::kDouble).view({1, 1, 3, 3});
  const Tensor coarse = at::tensor({1, 2, 3, 4}, at::kDouble).view({1, 1, 2, 2});
  const auto maps = fpn.forward({fine, coarse});
  const Tensor enlarged = at::tensor({1, 1, 2, 1, 1, 2, 3, 3, 4}, at::kDouble).view({1, 1, 3, 3}) * 10;
  EXPECT_TRUE(near(maps[0], fine * 2 + 1 + enlarged, 1e-12));
  EXPECT_TRUE(near(maps[1], at::full({1, 1, 2, 2}, 100, at::kDouble), 1e-12));
  EXPECT_TRUE(near(maps[2], at::full({1, 1, 1, 1}, 100, at::kDouble), 1e-12));
}

TEST(Fpn, NeedsALevelForEachStage) {
  try {
    Fpn({{8, 4}, {16, 8}, {32, 16}, {64, 32}}, config(6, 3));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "model.fpn.levels: 3 is less than the 4 stages of the backbone");
  }
}

}  // namespace
}  // namespace longtail

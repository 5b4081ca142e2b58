#include "core/models/mask_rcnn/anchors.h"

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;

AnchorConfig config(std::vector<double> scales, std::vector<double> ratios) {
  AnchorConfig config;
  config.scales = std::move(scales);
  config.ratios = std::move(ratios);
  return config;
}

TEST(Anchors, OfACellByHand) {
  // Ratio 4 of a side of 8: half as wide, twice as high.
  const AnchorGenerator generator(config({2, 4}, {1, 4}), {4, 8});
  EXPECT_EQ(generator.per_cell(), 4);
  EXPECT_TRUE(near(generator.cell(0),
                   at::tensor({-4.0, -4.0, 4.0, 4.0, -8.0, -8.0, 8.0, 8.0,  //
                               -2.0, -8.0, 2.0, 8.0, -4.0, -16.0, 4.0, 16.0}),
                   1e-6));
  EXPECT_TRUE(near(generator.cell(1), generator.cell(0) * 2, 1e-6));
}

TEST(Anchors, MmdetectionsDefaultAndTorchvisionsRounding) {
  AnchorConfig defaults;
  const double wide = 16 * std::sqrt(2.0), high = 8 * std::sqrt(2.0);
  const Tensor cell = AnchorGenerator(defaults, {4}).cell(0);
  EXPECT_TRUE(near(cell[0], at::tensor({-wide, -high, wide, high}), 1e-5));
  EXPECT_TRUE(near(cell[2], at::tensor({-high, -wide, high, wide}), 1e-5));
  defaults.rounded = true;
  EXPECT_TRUE(near(AnchorGenerator(defaults, {4}).cell(0)[0], at::tensor({-23.0, -11.0, 23.0, 11.0}), 0));
}

TEST(Anchors, GridGoesByRowsThenColumns) {
  const AnchorGenerator generator(config({1}, {1}), {8});
  const Tensor grid = generator.grid(0, {2, 3}, {16, 24}, at::kFloat);
  const Tensor centres = (grid.slice(1, 0, 2) + grid.slice(1, 2)) / 2;
  EXPECT_TRUE(near(centres, at::tensor({0, 0, 8, 0, 16, 0, 0, 8, 8, 8, 16, 8}, at::kFloat), 1e-6));
}

TEST(Anchors, SpacingByTheGridIsTorchvisions) {
  AnchorConfig by_grid = config({1}, {1});
  by_grid.spacing = "grid";
  // 352 pixels: 11 cells at stride 32, which one pooling more turns into 6; 352 / 6 = 58.
  const Tensor grid = AnchorGenerator(by_grid, {64}).grid(0, {6, 6}, {352, 352}, at::kFloat);
  EXPECT_TRUE(near((grid[1] - grid[0]), at::tensor({58.0, 0.0, 58.0, 0.0}), 0));
  const Tensor by_stride = AnchorGenerator(config({1}, {1}), {64}).grid(0, {6, 6}, {352, 352}, at::kFloat);
  EXPECT_TRUE(near((by_stride[1] - by_stride[0]), at::tensor({64.0, 0.0, 64.0, 0.0}), 0));
}

TEST(Anchors, OnlyThoseOnTheImageItselfAreTrained) {
  const AnchorGenerator generator(config({1, 2}, {1}), {16});
  // Padded to 64 pixels it has 4 rows of the batch's 6.
  const Tensor trained = generator.trained(0, {6, 6}, {64, 96}, at::kCPU).view({6, 6, 2});
  EXPECT_TRUE(trained.slice(0, 0, 4).all().item<bool>());
  EXPECT_FALSE(trained.slice(0, 4).any().item<bool>());
  EXPECT_FALSE(generator.trained(0, {6, 6}, {96, 96}, at::kCPU).defined());
  AnchorConfig all = config({1, 2}, {1});
  all.trained = "all";
  EXPECT_FALSE(AnchorGenerator(all, {16}).trained(0, {6, 6}, {64, 96}, at::kCPU).defined());
}

}  // namespace
}  // namespace longtail

// The compositions for other devices, on the CPU, beside the kernels.
#include "core/ops/composed.h"

#include "core/ops/boxes.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

TEST(Composed, RoiAlignIsTheKernelsForwardAndBackward) {
  const Node oracle = testing::oracle("ops.json");
  const Tensor rois = numbers(oracle, "rois").view({-1, 5}).to(at::kFloat),
               levels = numbers(oracle, "levels").to(at::kLong);
  for (const RoiAlignOptions& options : {RoiAlignOptions{3, 0, true}, RoiAlignOptions{2, 2, false}}) {
    std::vector<std::vector<Tensor>> results;
    for (const auto align : {roi_align, roi_align_composed}) {
      const std::vector<Tensor> maps = {waves({2, 3, 11, 13}, 1.0).to(at::kFloat).requires_grad_(),
                                        waves({2, 3, 5, 6}, 1.0, 1).to(at::kFloat).requires_grad_()};
      const Tensor out = align(maps, {0.25, 0.125}, rois, levels, options);
      EXPECT_TRUE(out.is_contiguous(at::MemoryFormat::ChannelsLast));
      (out * waves(out.sizes().vec(), 1.0, 2).to(at::kFloat)).sum().backward();
      results.push_back({out, maps[0].grad(), maps[1].grad()});
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(near(results[0][i], results[1][i], 1e-5)) << i;
  }
}

TEST(Composed, RoiAlignOfNothing) {
  const Tensor out =
      roi_align_composed({at::ones({1, 3, 4, 4})}, {1.0}, at::empty({0, 5}), at::empty({0}, at::kLong), {});
  EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 3, 7, 7}));
}

TEST(Composed, IouIsTheKernels) {
  const Node oracle = testing::oracle("ops.json");
  const Tensor a = numbers(oracle, "boxes.a").view({-1, 4}), b = numbers(oracle, "boxes.b").view({-1, 4});
  EXPECT_TRUE(near(box_iou_composed(a, b), box_iou(a, b), 1e-12));
  EXPECT_TRUE(near(box_iou_composed(at::zeros({1, 4}), at::zeros({1, 4})), at::zeros({1, 1}), 0));
}

TEST(Composed, DotRowsAreTheProducts) {
  const Tensor rows = waves({2, 3, 5}, 1.0), weights = waves({2, 5}, 1.0, 1), biases = waves({2}, 1.0, 2);
  for (const bool rectify : {false, true}) {
    const Tensor positive = rectify ? rows.clamp_min(0) : rows;
    const Tensor expected = (positive * weights.unsqueeze(1)).sum(2) + biases.unsqueeze(1);
    EXPECT_TRUE(near(dot_rows_composed(rows, weights, biases, rectify), expected, 1e-12));
  }
}

}  // namespace
}  // namespace longtail

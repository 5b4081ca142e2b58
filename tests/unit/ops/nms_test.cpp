#include "core/ops/nms.h"

#include <ATen/Parallel.h>

#include <limits>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;

Tensor labels_of(std::initializer_list<std::int64_t> labels) {
  return at::tensor(std::vector<std::int64_t>(labels), at::kLong);
}

TEST(BatchedNms, KeepsWhatTorchvisionKeeps) {
  const Node expected = testing::oracle("ops.json");
  for (const Node& item : expected.find("nms")->items()) {
    const Tensor boxes = numbers(item, "boxes").view({-1, 4}).to(at::kFloat),
                 scores = numbers(item, "scores").to(at::kFloat);
    const Tensor labels = numbers(item, "labels").to(at::kLong), kept = numbers(item, "kept");
    const double iou = numbers(item, "iou").item<double>();
    EXPECT_TRUE(near(batched_nms(boxes, scores, labels, iou), kept, 0));
    EXPECT_TRUE(near(batched_nms(boxes, scores, labels * 1000003 - 7, iou), kept, 0)) << "labels may be any numbers";
    EXPECT_TRUE(near(batched_nms(boxes, scores, labels, iou, 11), kept.slice(0, 0, 11), 0));
  }
}

TEST(BatchedNms, EqualScoresGoByIndex) {
  const Tensor boxes = at::tensor({0.F, 0.F, 9.F, 9.F}).repeat({4, 1});
  EXPECT_TRUE(near(batched_nms(boxes, at::ones({4}), labels_of({3, 1, 3, 1}), 0.5), labels_of({0, 1}), 0));
}

TEST(BatchedNms, OnlyAboveTheThresholdSuppresses) {
  // IoU exactly 1/2.
  const Tensor boxes = at::tensor({0.F, 0.F, 10.F, 10.F, 0.F, 0.F, 10.F, 5.F}).view({2, 4});
  const Tensor scores = at::tensor({0.9F, 0.8F});
  EXPECT_EQ(batched_nms(boxes, scores, labels_of({0, 0}), 0.5).numel(), 2);
  EXPECT_EQ(batched_nms(boxes, scores, labels_of({0, 0}), 0.4999).numel(), 1);
}

TEST(BatchedNms, NothingGivesNothing) {
  const Tensor kept = batched_nms(at::empty({0, 4}), at::empty({0}), at::empty({0}, at::kLong), 0.5);
  EXPECT_EQ(kept.sizes(), at::IntArrayRef({0}));
  EXPECT_EQ(kept.scalar_type(), at::kLong);
}

TEST(BatchedNms, BoxesThatAreNoneOverlapNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const Tensor boxes =
      at::tensor({0.F, 0.F, 4.F, 4.F, nan, 0.F, 4.F, 4.F, 2.F, 2.F, 2.F, 2.F, 9.F, 9.F, 1.F, 1.F, -inf, 0.F, inf, 4.F})
          .view({5, 4});
  const Tensor scores = at::tensor({0.5F, 0.9F, nan, 0.7F, 0.6F});
  EXPECT_TRUE(near(batched_nms(boxes, scores, at::zeros({5}, at::kLong), 0.3), labels_of({1, 3, 4, 0, 2}), 0));
}

TEST(BatchedNms, ThreadsDoNotMatter) {
  const int threads = at::get_num_threads();
  at::manual_seed(3);
  const Tensor corner = at::rand({6000, 2}) * 300, boxes = at::cat({corner, corner + at::rand({6000, 2}) * 60}, 1);
  const Tensor scores = at::rand({6000}), labels = at::randint(5, {6000}, at::kLong);
  at::set_num_threads(1);
  const Tensor one = batched_nms(boxes, scores, labels, 0.5);
  at::set_num_threads(4);
  EXPECT_TRUE(near(batched_nms(boxes, scores, labels, 0.5), one, 0));
  at::set_num_threads(threads);
}

TEST(BatchedNms, WrongShapesAreNamed) {
  EXPECT_THROW(batched_nms(at::empty({2, 4}), at::empty({3}), at::empty({3}, at::kLong), 0.5), c10::Error);
}

}  // namespace
}  // namespace longtail

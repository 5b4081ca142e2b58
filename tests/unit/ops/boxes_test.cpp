#include "core/ops/boxes.h"

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

class BoxesTest : public ::testing::Test {
 protected:
  Node expected = testing::oracle("ops.json");
  Tensor a = numbers(expected, "boxes.a").view({-1, 4});
  Tensor b = numbers(expected, "boxes.b").view({-1, 4});
  BoxCoder coder{{0, 0, 0, 0}, {0.1, 0.1, 0.2, 0.2}};
};

TEST_F(BoxesTest, IouIsTorchvisions) {
  EXPECT_TRUE(near(box_iou(a, b), numbers(expected, "boxes.iou"), 1e-12));
  EXPECT_TRUE(near(box_iou(a.to(at::kFloat), b.to(at::kFloat)), numbers(expected, "boxes.iou"), 1e-6));
}

TEST_F(BoxesTest, IouOfNothingIsNothing) {
  EXPECT_EQ(box_iou(a, at::empty({0, 4}, at::kDouble)).sizes(), at::IntArrayRef({5, 0}));
  EXPECT_EQ(box_iou(at::empty({0, 4}), at::empty({3, 4})).sizes(), at::IntArrayRef({0, 3}));
}

TEST_F(BoxesTest, IouWithoutAreaOrWithNanIsZero) {
  const double nan = std::nan("");
  const Tensor odd = at::tensor({5.0, 5.0, 5.0, 5.0, nan, 0.0, 2.0, 2.0, 9.0, 9.0, 3.0, 3.0}, at::kDouble).view({3, 4});
  EXPECT_TRUE(near(box_iou(odd, odd), at::zeros({3, 3}), 0));
}

TEST_F(BoxesTest, CodesAsTorchvision) {
  coder.clamp_below = false;
  EXPECT_TRUE(near(coder.encode(a, b), numbers(expected, "boxes.encoded"), 1e-10));
  EXPECT_TRUE(near(coder.decode(a, waves({5, 8}, 30.0)), numbers(expected, "boxes.decoded"), 1e-8));
}

TEST_F(BoxesTest, ClampsSizesOnBothSidesAsMmdetection) {
  EXPECT_TRUE(near(coder.decode(a, waves({5, 8}, 30.0)), numbers(expected, "boxes.decoded_both_sides"), 1e-8));
}

TEST_F(BoxesTest, DecodesWhatItEncoded) {
  coder.means = {0.1, -0.2, 0.3, 0.05};
  EXPECT_TRUE(near(coder.decode(a, coder.encode(a, b)), b, 1e-10));
}

TEST_F(BoxesTest, BoxesWithoutAreaHaveFiniteDeltas) {
  const Tensor flat = at::tensor({5.0, 5.0, 5.0, 9.0}, at::kDouble).view({1, 4});
  for (const Tensor& deltas : {coder.encode(flat, b.slice(0, 0, 1)), coder.encode(b.slice(0, 0, 1), flat)}) {
    EXPECT_TRUE(deltas.isfinite().all().item<bool>()) << deltas;
  }
}

TEST_F(BoxesTest, NothingToCode) {
  const Tensor none = at::empty({0, 4});
  EXPECT_EQ(coder.encode(none, none).sizes(), at::IntArrayRef({0, 4}));
  EXPECT_EQ(coder.decode(none, at::empty({0, 12})).sizes(), at::IntArrayRef({0, 12}));
}

TEST_F(BoxesTest, ClipsToTheImage) {
  const Tensor boxes = at::tensor({-3.0, 4.0, 120.0, 90.0}).view({1, 4});
  EXPECT_TRUE(near(clip_boxes(boxes, 50, 100), at::tensor({0.0, 4.0, 100.0, 50.0}), 0));
}

}  // namespace
}  // namespace longtail

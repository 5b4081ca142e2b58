#include <algorithm>

#include "core/models/mask_rcnn.h"
#include "tests/unit/models/drawn_batch.h"
#include "tests/unit/models/small_mask_rcnn.h"

namespace longtail {
namespace {

using testing::draw;
using testing::DrawnImage;
using testing::make_mask_rcnn;
using testing::no_calibration;
using testing::total;

/// Stochastic gradient descent with momentum 0.9 and clipped gradients.
class Descent {
 public:
  Descent(Module& model, double rate) : rate(rate) {
    for (const Tensor& parameter : model.parameters()) {
      if (parameter.requires_grad()) parameters_.push_back(parameter);
    }
    for (const Tensor& parameter : parameters_) moments_.push_back(at::zeros_like(parameter));
  }

  void step() {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor gradient = parameters_[i].grad();
      const double norm = gradient.norm().item<double>();
      moments_[i].mul_(0.9).add_(gradient, norm > 1 ? 1 / norm : 1.0);
      parameters_[i].sub_(moments_[i], rate);
      parameters_[i].mutable_grad() = Tensor();
    }
  }

  double rate;

 private:
  std::vector<Tensor> parameters_, moments_;
};

double loss_of(MaskRcnn& model, const InstanceBatch& batch, std::uint64_t position) {
  Rng rng(0, 0, position);
  const Tensor sum = total(model.losses(batch, rng));
  if (at::GradMode::is_enabled()) sum.backward();
  return sum.item<double>();
}

TEST(MaskRcnnLearning, AStepAgainstTheGradientLowersTheLoss) {
  const auto model = make_mask_rcnn({});
  const InstanceBatch batch = draw({{{0, 5, 5, 30, 25}, {2, 35, 30, 60, 60}}}, 64);
  Descent descent(*model, 1e-3);
  const double before = loss_of(*model, batch, 0);
  descent.step();
  EXPECT_LT(loss_of(*model, batch, 0), before);
}

double iou(const Rle& mask, const testing::DrawnBox& box) {
  const auto area = static_cast<double>((box.x2 - box.x1) * (box.y2 - box.y1));
  std::vector<std::uint8_t> pixels;
  std::uint8_t value = 0;
  for (const std::uint32_t count : mask.counts) {
    pixels.insert(pixels.end(), count, value);
    value = 1 - value;
  }
  double both = 0, own = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (pixels[i] == 0) continue;
    const auto x = static_cast<double>(i / static_cast<std::size_t>(mask.height));
    const auto y = static_cast<double>(i % static_cast<std::size_t>(mask.height));
    own += 1;
    if (x >= box.x1 && x < box.x2 && y >= box.y1 && y < box.y2) both += 1;
  }
  return both / (own + area - both);
}

TEST(MaskRcnnLearning, FindsTwoRectanglesAgain) {
  const auto model = make_mask_rcnn({});
  const std::vector<DrawnImage> images = {{{0, 4, 4, 22, 18}, {2, 26, 22, 46, 44}}, {{1, 14, 6, 34, 40}}};
  const InstanceBatch batch = draw(images, 48);
  Descent descent(*model, 0.02);
  for (std::uint64_t i = 0; i < 160; ++i) {
    if (i == 100) descent.rate = 0.005;
    loss_of(*model, batch, i);
    descent.step();
  }
  model->eval();
  const std::vector<Detections> found = model->detect(batch, *no_calibration());
  for (std::size_t b = 0; b < images.size(); ++b) {
    const auto count = static_cast<std::int64_t>(images[b].size());
    ASSERT_GE(found[b].scores.size(0), count);
    // The objects come before everything else, with their class, mask and a high score.
    EXPECT_GT(found[b].scores[count - 1].item<double>(), 0.5);
    for (std::int64_t d = 0; d < count; ++d) {
      const auto label = found[b].labels[d].item<std::int64_t>();
      const auto own =
          std::find_if(images[b].begin(), images[b].end(), [&](const auto& box) { return box.label == label; });
      ASSERT_NE(own, images[b].end());
      EXPECT_GT(iou(found[b].masks[static_cast<std::size_t>(d)], *own), 0.7) << "image " << b << ", detection " << d;
    }
  }
}

}  // namespace
}  // namespace longtail

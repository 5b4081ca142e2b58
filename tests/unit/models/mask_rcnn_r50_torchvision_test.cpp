// The same detections as torchvision's maskrcnn_resnet50_fpn, weights taken over under its names.

#include <fstream>
#include <iterator>
#include <sstream>

#include "core/io/weights.h"
#include "core/models/mask_rcnn/fpn.h"
#include "core/models/mask_rcnn/roi_heads.h"
#include "tests/unit/models/small_mask_rcnn.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;

std::string text_of(const std::string& file) {
  std::ifstream in(std::string(LONGTAIL_SOURCE_DIR) + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The part under `model` of a configuration file, as a text of its own.
std::string model_part(const std::string& file) {
  std::istringstream lines(text_of(file));
  std::string part;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line.rfind("  ", 0) == 0) part += line.substr(2) + "\n";
    if (line.rfind("model:", 0) == 0) inside = true;
  }
  return part;
}

/// Weights by the formula of tests/oracle/mask_rcnn_r50.py.
Tensor made_up(std::int64_t number, const Node& entry) {
  constexpr std::int64_t prime = 2147483647;
  std::vector<std::int64_t> shape;
  for (const Node& size : entry.items()[1].items()) shape.push_back(numbers(size, "").item<std::int64_t>());
  const double scale = numbers(entry.items()[2], "").item<double>(),
               offset = numbers(entry.items()[3], "").item<double>();
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const Tensor x = ((at::arange(count, at::kLong) + 1 + 1000 * number) * 48271).remainder(prime);
  return ((x * x).remainder(prime).to(at::kDouble) * (2.0 / prime))
      .sub_(1)
      .mul_(scale)
      .add_(offset)
      .to(at::kFloat)
      .view(shape);
}

TensorFile torchvision_weights(const Node& expected) {
  TensorFile file;
  for (const Node& entry : expected.find("state")->items()) {
    std::string name;
    EXPECT_TRUE(entry.items()[0].as(name));
    Tensor values = made_up(static_cast<std::int64_t>(file.tensors.size()), entry);
    if (name == "roi_heads.box_predictor.cls_score.bias") values = numbers(expected, "class_bias").to(at::kFloat);
    file.tensors.emplace_back(name, values);
  }
  return file;
}

/// Of the oracle: [3, height, width].
Tensor picture(std::int64_t height, std::int64_t width, double variant) {
  const Tensor c = at::arange(3, at::kDouble).view({3, 1, 1}), y = at::arange(height, at::kDouble).view({1, -1, 1});
  const Tensor x = at::arange(width, at::kDouble).view({1, 1, -1});
  return at::sin(0.11 * x + 0.5 * c + variant) + at::cos(0.07 * y - 0.03 * x) * at::sin(0.013 * x * (variant + 1)) +
         at::sin(0.9 * at::cos(0.05 * y + c) * at::cos(0.04 * x));
}

InstanceBatch batch_of(const Node& expected) {
  const Tensor sizes = numbers(expected, "sizes").view({-1, 2}).to(at::kLong);
  InstanceBatch batch;
  batch.images = at::zeros({2, 3, sizes[0][0].item<std::int64_t>(), sizes[0][1].item<std::int64_t>()});
  for (std::int64_t i = 0; i < 2; ++i) {
    const auto height = sizes[i][0].item<std::int64_t>(), width = sizes[i][1].item<std::int64_t>();
    batch.images[i].slice(1, 0, height).slice(2, 0, width).copy_(picture(height, width, static_cast<double>(i)));
    InputImage input;
    input.height = input.original_height = height;
    input.width = input.original_width = width;
    batch.inputs.push_back(input);
  }
  return batch;
}

template <class Part>
std::shared_ptr<Part> child(const Module& module, const std::string& name) {
  return std::dynamic_pointer_cast<Part>(module.named_children()[name]);
}

/// The logits of the oracle's cells of each mask, [D, cells].
Tensor mask_logits(const MaskRcnn& model, const InstanceBatch& batch, std::int64_t number, const Detections& found,
                   const Tensor& cells) {
  const at::NoGradGuard no_grad;
  const std::vector<Tensor> maps =
      child<Fpn>(model, "fpn")->forward(child<Backbone>(model, "backbone")->forward(batch.images));
  const Tensor logits = child<RoiHeads>(model, "roi_heads")->mask_logits(maps, number, found.boxes, found.labels);
  return logits.flatten(1).index_select(1, cells.select(1, 0) * logits.size(2) + cells.select(1, 1));
}

TEST(TorchvisionR50, SameDetectionsFromSameWeights) {
  const Node expected = testing::oracle("mask_rcnn_r50.json");
  testing::ModelOptions options;
  options.model = model_part("configs/models/mask_rcnn_r50_fpn_torchvision.yaml");
  options.num_classes = numbers(expected, "classes").item<std::int64_t>() - 1;
  const auto model = testing::make_mask_rcnn(options);
  const WeightReport report = import_into(*model, torchvision_weights(expected), {/*strict=*/true, "torchvision"});
  EXPECT_TRUE(report.complete()) << report.text();
  model->eval();

  const InstanceBatch batch = batch_of(expected);
  const std::vector<Detections> found = model->detect(batch, *testing::no_calibration());
  const Tensor cells = numbers(expected, "cells").view({-1, 2}).to(at::kLong);
  ASSERT_EQ(found.size(), 2U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string image = "images." + std::to_string(i) + ".";
    // torchvision's class 1 is our 0.
    ASSERT_TRUE(near(found[i].labels + 1, numbers(expected, image + "labels"), 0));
    EXPECT_TRUE(near(found[i].boxes, numbers(expected, image + "boxes"), 0.05));
    EXPECT_TRUE(near(found[i].scores, numbers(expected, image + "scores"), 1e-4));
    const Tensor logits = mask_logits(*model, batch, static_cast<std::int64_t>(i), found[i], cells);
    EXPECT_TRUE(near(logits, numbers(expected, image + "mask_logits"), 1e-3));
    EXPECT_EQ(found[i].masks.size(), static_cast<std::size_t>(found[i].labels.size(0)));
  }
}

}  // namespace
}  // namespace longtail

#include <cmath>

#include "core/models/mask_rcnn.h"
#include "tests/unit/models/drawn_batch.h"
#include "tests/unit/models/small_mask_rcnn.h"

namespace longtail {
namespace {

using testing::draw;
using testing::DrawnImage;
using testing::make_mask_rcnn;
using testing::ModelOptions;
using testing::no_calibration;
using testing::total;

/// Losses are finite, and every parameter that is trained has a finite gradient.
void expect_trains(MaskRcnn& model, const InstanceBatch& batch, const std::string& what) {
  model.zero_grad();
  Rng rng(1);
  const auto losses = model.losses(batch, rng);
  for (const auto& [name, value] : losses) EXPECT_TRUE(std::isfinite(value.item<double>())) << what << ": " << name;
  total(losses).backward();
  for (const auto& parameter : model.named_parameters()) {
    if (!parameter.value().requires_grad()) continue;
    ASSERT_TRUE(parameter.value().grad().defined()) << what << ": " << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << what << ": " << parameter.key();
  }
}

void expect_detects(MaskRcnn& model, const InstanceBatch& batch) {
  model.eval();
  const auto found = model.detect(batch, *no_calibration());
  ASSERT_EQ(found.size(), batch.inputs.size());
  for (const Detections& detections : found) {
    const std::int64_t count = detections.scores.size(0);
    EXPECT_LE(count, 300);
    EXPECT_EQ(detections.boxes.sizes(), at::IntArrayRef({count, 4}));
    EXPECT_EQ(detections.labels.size(0), count);
    EXPECT_EQ(detections.masks.size(), static_cast<std::size_t>(count));
    EXPECT_TRUE(detections.boxes.isfinite().all().item<bool>());
    EXPECT_FALSE(detections.scores.slice(0, 1).gt(detections.scores.slice(0, 0, -1)).any().item<bool>());
  }
  model.train();
}

const DrawnImage kTwo = {{0, 5, 5, 30, 25}, {2, 35, 30, 60, 60}};

TEST(MaskRcnnEdges, ImagesWithAndWithoutObjects) {
  const auto model = make_mask_rcnn({});
  expect_trains(*model, draw({kTwo}, 64), "two objects");
  expect_trains(*model, draw({{}}, 64), "no object");
  expect_trains(*model, draw({kTwo, {}, kTwo}, 64), "one of three without objects");
  expect_detects(*model, draw({kTwo, {}}, 64));
}

TEST(MaskRcnnEdges, EveryLossAndParadigm) {
  for (const char* loss : {"softmax", "bsce", "eql_v2", "seesaw", "{type: pcb, base: seesaw}"}) {
    for (const char* paradigm : {"none", "{type: iterative, hidden: 16}", "{type: rm, hidden: 16}"}) {
      ModelOptions options;
      options.loss = loss;
      options.paradigm = paradigm;
      const auto model = make_mask_rcnn(options);
      expect_trains(*model, draw({kTwo}, 64), std::string(loss) + ", " + paradigm);
      expect_trains(*model, draw({{}}, 64), std::string(loss) + ", " + paradigm + ", no object");
      expect_detects(*model, draw({kTwo}, 64));
    }
  }
}

TEST(MaskRcnnEdges, CosinePredictorsAndOneBoxForAllClasses) {
  ModelOptions options;
  options.model = R"(
backbone: {type: resnet, depth: 20, stem: cifar}
fpn: {channels: 16, levels: 3}
rpn: {samples: 64, box_loss: {type: smooth_l1}, anchors: {rounded: true, spacing: grid, trained: all}, rank_by: logits}
roi: {samples: 32, finest_scale: 14, aligned: false, sampling_ratio: 2, level_epsilon: outside}
box_head: {channels: 32, predictor: cosine, class_agnostic: true, clamp_deltas: above}
mask_head: {convs: 0, channels: 16, predictor: cosine, targets: soft}
test: {paste: corners, min_size: 0.01}
)";
  for (const char* paradigm :
       {"none", "{type: iterative, hidden: 16}", "{type: rm, hidden: 16, prediction: compact}"}) {
    options.paradigm = paradigm;
    const auto model = make_mask_rcnn(options);
    expect_trains(*model, draw({kTwo, {}}, 64), paradigm);
    expect_detects(*model, draw({kTwo}, 64));
  }
}

TEST(MaskRcnnEdges, NineHundredInstances) {
  DrawnImage crowd;
  for (int i = 0; i < 900; ++i) {
    const double x = (i % 30) * 2, y = (i / 30) * 2;
    crowd.push_back({i % 3, x, y, x + 3, y + 3});
  }
  expect_trains(*make_mask_rcnn({}), draw({crowd}, 64), "900 instances");
}

TEST(MaskRcnnEdges, BoxesWithoutArea) {
  const DrawnImage flat = {{0, 10, 10, 10, 30}, {1, 20, 20, 20, 20}, {2, 5, 5, 30, 25}};
  expect_trains(*make_mask_rcnn({}), draw({flat}, 64), "two boxes without area");
  expect_trains(*make_mask_rcnn({}), draw({{flat[0]}}, 64), "a line");
}

TEST(MaskRcnnEdges, NoProposals) {
  ModelOptions options;
  options.model.replace(options.model.find("rpn: {"), 6, "rpn: {min_size: 1000, ");
  for (const char* loss : {"softmax", "bsce", "eql_v2", "{type: pcb, base: seesaw}"}) {
    for (const char* paradigm : {"none", "{type: iterative, hidden: 16, layer_norm: true}", "{type: rm, hidden: 16}"}) {
      options.loss = loss;
      options.paradigm = paradigm;
      const auto model = make_mask_rcnn(options);
      const std::string what = std::string(loss) + ", " + paradigm;
      expect_trains(*model, draw({kTwo, {}}, 32), what + ", ground truth alone");
      expect_trains(*model, draw({{}}, 32), what + ", no region at all");
      expect_detects(*model, draw({kTwo, {}}, 32));
    }
  }
}

TEST(MaskRcnnEdges, DetectionsAreInOriginalPixels) {
  const auto model = make_mask_rcnn({});
  model->eval();
  InstanceBatch batch = draw({kTwo}, 64);
  const Detections plain = model->detect(batch, *no_calibration())[0];
  batch.inputs[0].original_height = 128;
  batch.inputs[0].original_width = 192;
  batch.inputs[0].scale_y = 0.5;
  batch.inputs[0].scale_x = 1.0 / 3;
  const Detections scaled = model->detect(batch, *no_calibration())[0];
  ASSERT_GT(plain.scores.size(0), 0);
  EXPECT_TRUE(testing::near(scaled.boxes, plain.boxes * at::tensor({3.0, 2.0, 3.0, 2.0}, at::kFloat), 1e-3));
  EXPECT_EQ(scaled.masks[0].height, 128);
  EXPECT_EQ(scaled.masks[0].width, 192);
}

TEST(MaskRcnnEdges, SampledByTheGivenStreamAlone) {
  const auto model = make_mask_rcnn({});
  model->eval();  // statistics that do not move
  const InstanceBatch batch = draw({kTwo}, 64);
  const auto value = [&](std::uint64_t seed) {
    Rng rng(seed);
    return total(model->losses(batch, rng)).item<double>();
  };
  at::manual_seed(1);
  const double first = value(1);
  at::manual_seed(2);
  EXPECT_EQ(value(1), first);
  EXPECT_NE(value(2), first);
}

}  // namespace
}  // namespace longtail

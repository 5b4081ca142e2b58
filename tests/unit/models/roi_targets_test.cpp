#include "core/models/mask_rcnn/roi_targets.h"

#include "core/models/mask_rcnn/roi_pool.h"
#include "tests/support/plugins.h"
#include "tests/unit/models/drawn_batch.h"

namespace longtail {
namespace {

using testing::near;
using testing::targets_of;

Tensor boxes(const std::vector<double>& corners) { return at::tensor(corners, at::kFloat).view({-1, 4}); }
Tensor longs(const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(RoiSamples, PositivesBeforeNegativesImageByImage) {
  RoiConfig config;
  Rng rng(1);
  const std::vector<InstanceTargets> targets = {targets_of({{2, 0, 0, 20, 20}, {1, 30, 30, 60, 60}}, 64),
                                                targets_of({}, 64), targets_of({{0, 0, 0, 10, 10}}, 64)};
  const std::vector<Tensor> proposals = {boxes({50, 0, 60, 10, 30, 30, 60, 50}), boxes({1, 2, 3, 4}), boxes({})};
  const RoiSamples samples = sample_rois(config, 3, proposals, targets, rng);
  const Tensor expected = at::tensor({0, 0, 0, 20, 20, 0, 30, 30, 60, 60, 0, 30, 30, 60, 50, 0, 50, 0, 60, 10,  //
                                      1, 1, 2, 3,  4,  2, 0,  0,  10, 10},
                                     at::kFloat);
  EXPECT_TRUE(near(samples.rois, expected, 0));
  EXPECT_TRUE(at::equal(samples.labels, longs({2, 1, 1, 3, 3, 0})));
  EXPECT_TRUE(at::equal(samples.positives, longs({0, 1, 2, 5})));
  EXPECT_TRUE(at::equal(samples.truth, longs({0, 1, 1, 0})));
  EXPECT_TRUE(near(samples.boxes, boxes({0, 0, 20, 20, 30, 30, 60, 60, 30, 30, 60, 60, 0, 0, 10, 10}), 0));
}

TEST(RoiSamples, GroundTruthIsASampleOfItself) {
  // Two objects in the same box, one that holds another, and one without area.
  const std::vector<InstanceTargets> targets = {targets_of(
      {{0, 0, 0, 20, 20}, {1, 0, 0, 20, 20}, {2, 30, 30, 60, 60}, {0, 30, 30, 60, 54}, {1, 5, 5, 5, 5}}, 64)};
  RoiConfig config;
  const auto labels = [&] {
    Rng rng(1);
    const RoiSamples samples = sample_rois(config, 3, {boxes({30, 30, 60, 58})}, targets, rng);
    return samples.labels.index_select(0, samples.positives);
  };
  // The proposal is the best that object 3 has, and a later object takes it from an earlier one.
  EXPECT_TRUE(at::equal(labels(), longs({0, 1, 2, 0, 0})));
  config.assigner.low_quality = "none";
  config.ground_truth_match = "iou";  // torchvision: of equal overlaps the first object wins
  EXPECT_TRUE(at::equal(labels(), longs({0, 0, 2, 0, 2})));
}

TEST(RoiSamples, ObjectsWithoutAnOutlineTeachNoMask) {
  testing::AnnotationBuilder builder;
  builder.image(1, 64, 64);
  builder.object(0, {0, 0, 20, 20});
  builder.object(1, {30, 30, 20, 20}).polygons({{30, 30, 50, 30, 50, 50, 30, 50}});
  InstanceTargets image;
  image.boxes = boxes({0, 0, 20, 20, 30, 30, 50, 50});
  image.labels = longs({0, 1});
  image.masks = std::make_shared<InstanceMasks>(builder.set(), std::vector<std::int64_t>{0, 1}, 1.0, 1.0, false, 64);
  Rng rng(1);
  const RoiSamples samples = sample_rois(RoiConfig(), 2, {boxes({})}, {image}, rng);
  EXPECT_TRUE(at::equal(samples.positives, longs({0, 1})));
  const RoiSamples outlined = with_outlines(samples, {image});
  EXPECT_TRUE(at::equal(outlined.positives, longs({1})));
  EXPECT_TRUE(at::equal(outlined.truth, longs({1})));
  EXPECT_TRUE(at::equal(outlined.labels, samples.labels));
}

TEST(RoiSamples, WithoutAddedGroundTruthAndWithoutAnything) {
  RoiConfig config;
  config.add_ground_truth = false;
  Rng rng(1);
  const RoiSamples samples = sample_rois(config, 3, {boxes({})}, {targets_of({{0, 0, 0, 10, 10}}, 64)}, rng);
  EXPECT_EQ(samples.rois.sizes(), at::IntArrayRef({0, 5}));
  EXPECT_EQ(samples.labels.size(0) + samples.positives.size(0) + samples.truth.size(0), 0);
  EXPECT_EQ(mask_targets(samples, {targets_of({{0, 0, 0, 10, 10}}, 64)}, 4, true).sizes(), at::IntArrayRef({0, 4, 4}));
}

TEST(MaskTargets, CoveredShareOfEachCell) {
  const std::vector<InstanceTargets> targets = {targets_of({}, 64),
                                                targets_of({{0, 0, 0, 9, 9}, {0, 10, 0, 16, 20}}, 64)};
  RoiSamples samples;
  samples.rois = at::tensor({1, 5, 5, 6, 6, 1, 8, 0, 24, 16}, at::kFloat).view({2, 5});
  samples.positives = longs({1});
  samples.truth = longs({1});
  // Cells of 8 x 8 from (8, 0) on; the second object covers 6 of the first column's 8 pixels.
  EXPECT_TRUE(near(mask_targets(samples, targets, 2, false), at::tensor({0.75, 0.0, 0.75, 0.0}), 1e-6));
  EXPECT_TRUE(near(mask_targets(samples, targets, 2, true), at::tensor({1.0, 0.0, 1.0, 0.0}), 0));
}

TEST(RoiPool, LevelsByTheRootOfTheArea) {
  const RoiPool pool(RoiConfig(), {4, 8, 16, 32});
  const auto roi = [](double width, double height) { return std::vector<double>{0, 0, 0, width, height}; };
  std::vector<double> rois;
  for (const auto& [w, h] : std::vector<std::pair<double, double>>{
           {10, 10}, {111, 111}, {112, 112}, {56, 224}, {223, 223}, {224, 224}, {448, 448}, {2000, 2000}, {0, 7}}) {
    const auto one = roi(w, h);
    rois.insert(rois.end(), one.begin(), one.end());
  }
  const Tensor given = at::tensor(rois, at::kFloat).view({-1, 5});
  const Tensor expected = longs({0, 0, 1, 1, 1, 2, 3, 3, 0});
  EXPECT_TRUE(at::equal(pool.levels(given), expected));
  RoiConfig outside;
  outside.level_epsilon = "outside";
  EXPECT_TRUE(at::equal(RoiPool(outside, {4, 8, 16, 32}).levels(given), expected));
}

TEST(RoiPool, TakesEachRegionFromItsLevel) {
  RoiConfig config;
  config.finest_scale = 8;
  const RoiPool pool(config, {4, 8});
  const std::vector<Tensor> maps = {at::full({2, 3, 16, 16}, 1.0), at::full({2, 3, 8, 8}, 2.0),
                                    at::full({2, 3, 4, 4}, 9.0)};
  const Tensor rois = with_image_numbers({boxes({0, 0, 8, 8}), boxes({0, 0, 40, 40})});
  const Tensor pooled = pool.forward(maps, rois, 5);
  EXPECT_EQ(pooled.sizes(), at::IntArrayRef({2, 3, 5, 5}));
  EXPECT_TRUE(near(pooled[0], at::ones({3, 5, 5}), 1e-6));
  EXPECT_TRUE(near(pooled[1], at::full({3, 5, 5}, 2.0), 1e-6));
}

}  // namespace
}  // namespace longtail

#include "core/models/mask_rcnn/box_sampler.h"

#include <algorithm>
#include <set>
#include <vector>

#include "core/models/mask_rcnn/assigner.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

std::vector<std::int64_t> list(const Tensor& tensor) {
  return {tensor.data_ptr<std::int64_t>(), tensor.data_ptr<std::int64_t>() + tensor.numel()};
}

/// Positives, then negatives, then ignored boxes.
Tensor matches(std::int64_t positives, std::int64_t negatives, std::int64_t ignored) {
  return at::cat({at::zeros({positives}, at::kLong), at::full({negatives}, kBackground, at::kLong),
                  at::full({ignored}, kIgnored, at::kLong)});
}

TEST(BoxSampler, TakesTheShareOfPositivesAndFillsUpWithNegatives) {
  Rng rng(1);
  const SampledBoxes sampled = sample_boxes(matches(100, 1000, 50), 64, 0.25, rng);
  EXPECT_EQ(sampled.positives.size(0), 16);
  EXPECT_EQ(sampled.negatives.size(0), 48);
  const std::vector<std::int64_t> positives = list(sampled.positives), negatives = list(sampled.negatives);
  EXPECT_EQ(std::set<std::int64_t>(positives.begin(), positives.end()).size(), 16u);
  EXPECT_TRUE(std::is_sorted(negatives.begin(), negatives.end()));
  EXPECT_LT(positives.back(), 100);
  EXPECT_GE(negatives.front(), 100);
  EXPECT_LT(negatives.back(), 1100);
}

TEST(BoxSampler, FewOfOneKind) {
  Rng rng(1);
  const SampledBoxes few_positives = sample_boxes(matches(3, 1000, 0), 64, 0.25, rng);
  EXPECT_EQ(list(few_positives.positives), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(few_positives.negatives.size(0), 61);
  const SampledBoxes few_negatives = sample_boxes(matches(100, 5, 7), 64, 0.5, rng);
  EXPECT_EQ(few_negatives.positives.size(0), 32);
  EXPECT_EQ(few_negatives.negatives.size(0), 5);
  const SampledBoxes none = sample_boxes(matches(0, 0, 9), 64, 0.5, rng);
  EXPECT_EQ(none.positives.size(0) + none.negatives.size(0), 0);
}

TEST(BoxSampler, OnlyTheKeysOfTheStreamDecide) {
  const auto draw = [](std::uint64_t seed) {
    Rng rng(seed);
    return list(sample_boxes(matches(0, 1000, 0), 10, 0.5, rng).negatives);
  };
  at::manual_seed(1);
  const auto first = draw(5);
  at::manual_seed(2);
  EXPECT_EQ(draw(5), first);
  EXPECT_NE(draw(6), first);
}

TEST(BoxSampler, EveryBoxIsEquallyLikely) {
  std::vector<int> drawn(10, 0);
  Rng rng(7);
  for (int i = 0; i < 4000; ++i) {
    for (const std::int64_t index : list(sample_boxes(matches(0, 10, 0), 3, 0.5, rng).negatives)) {
      ++drawn[static_cast<std::size_t>(index)];
    }
  }
  // 1,200 expected; the standard deviation is 29.
  for (const int count : drawn) EXPECT_NEAR(count, 1200, 5 * 29);
}

}  // namespace
}  // namespace longtail

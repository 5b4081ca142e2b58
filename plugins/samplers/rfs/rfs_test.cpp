#include <longtail/error.h>
#include <longtail/sampler.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

/// 1000 images with class 0; class 1 on the first 10 of them, class 2 on the first one, class 3 on none; one image
/// without anything.
DatasetStatistics statistics() {
  DatasetStatistics statistics;
  statistics.num_classes = 4;
  statistics.image_counts = {999, 10, 1, 0};
  statistics.classes_of_sample.assign(999, {0});
  for (int i = 0; i < 10; ++i) statistics.classes_of_sample[i].push_back(1);
  statistics.classes_of_sample[0].push_back(2);
  statistics.classes_of_sample.push_back({});
  return statistics;
}

std::vector<int> copies(const std::string& text, std::int64_t epoch, std::uint64_t seed = 0) {
  static const Catalog catalog = testing::catalog_of({"rfs"});
  const DatasetStatistics facts = statistics();
  SamplerContext context;
  context.statistics = &facts;
  context.seed = seed;
  std::vector<int> counts(facts.classes_of_sample.size());
  for (const std::int64_t index : testing::make<Sampler>(catalog, text, context)->indices(epoch)) ++counts[index];
  return counts;
}

TEST(Rfs, CeilRoundsUp) {
  // threshold 0.05: sqrt(0.05 / 0.01) = 2.24 for class 1, sqrt(0.05 / 0.001) = 7.07 for class 2.
  const auto counts = copies("{type: rfs, threshold: 0.05}", 0);
  EXPECT_EQ(counts[0], 8);
  for (int i = 1; i < 10; ++i) EXPECT_EQ(counts[i], 3);
  for (std::size_t i = 10; i < counts.size(); ++i) EXPECT_EQ(counts[i], 1);
}

TEST(Rfs, StochasticKeepsTheMean) {
  double sum = 0;
  for (int epoch = 0; epoch < 400; ++epoch) {
    const auto counts = copies("{type: rfs, threshold: 0.05, rounding: stochastic}", epoch);
    for (int i = 1; i < 10; ++i) {
      EXPECT_TRUE(counts[i] == 2 || counts[i] == 3);
      sum += counts[i];
    }
    EXPECT_EQ(counts[500], 1);
  }
  EXPECT_NEAR(sum / (400 * 9), std::sqrt(5.0), 0.035);  // 5 standard deviations
}

TEST(Rfs, CommonClassesAreNotRepeated) {
  for (const int count : copies("rfs", 0)) EXPECT_EQ(count, 1);
}

TEST(Rfs, NeedsStatisticsOfTheClassesThatItNames) {
  const Catalog catalog = testing::catalog_of({"rfs"});
  EXPECT_THROW(testing::make<Sampler>(catalog, "rfs", {}), PluginError);
  const auto message = [&](const DatasetStatistics& facts) -> std::string {
    SamplerContext context;
    context.statistics = &facts;
    try {
      testing::make<Sampler>(catalog, "rfs", context);
    } catch (const DataError& error) {
      return error.what();
    }
    return "made";
  };
  const auto expect = [&](const DatasetStatistics& facts, const std::string& text) {
    EXPECT_NE(message(facts).find("rfs.longtail.so)" + text), std::string::npos) << message(facts);
  };
  DatasetStatistics facts = statistics();
  facts.classes_of_sample[7] = {4};
  expect(facts, ": the class 4 of training sample 7 is not in [0, 4)");
  facts.classes_of_sample[7] = {-1};
  expect(facts, ": the class -1 of training sample 7 is not in [0, 4)");
  facts.classes_of_sample[7] = {3};
  expect(facts, ": class 3 is on a sample, but its number of images is 0");
  facts.image_counts = {999, 10, 1};
  expect(facts, " needs the number of images of each class, and was given 3 for 4 classes");
}

TEST(Rfs, DependsOnSeedAndEpochAlone) {
  const std::string text = "{type: rfs, threshold: 0.05, rounding: stochastic}";
  EXPECT_EQ(copies(text, 3), copies(text, 3));
  EXPECT_NE(copies(text, 3), copies(text, 4));
  EXPECT_NE(copies(text, 3), copies(text, 3, 1));
}

}  // namespace
}  // namespace longtail

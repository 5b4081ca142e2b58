#include <longtail/error.h>
#include <longtail/sampler.h>

#include <algorithm>
#include <numeric>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

std::shared_ptr<Sampler> make(std::size_t size, std::uint64_t seed) {
  static const Catalog catalog = testing::catalog_of({"random"});
  static DatasetStatistics statistics;
  statistics.classes_of_sample.assign(size, {0});
  SamplerContext context;
  context.statistics = &statistics;
  context.seed = seed;
  return testing::make<Sampler>(catalog, "random", context);
}

TEST(RandomSampler, VisitsEverySampleOnce) {
  auto order = make(100, 3)->indices(5);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  std::vector<std::int64_t> all(100);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(order, all);
}

TEST(RandomSampler, DependsOnSeedAndEpochAlone) {
  EXPECT_EQ(make(50, 1)->indices(2), make(50, 1)->indices(2));
  EXPECT_NE(make(50, 1)->indices(2), make(50, 1)->indices(3));
  EXPECT_NE(make(50, 1)->indices(2), make(50, 2)->indices(2));
  // The same on every platform.
  EXPECT_EQ(make(8, 1)->indices(0), (std::vector<std::int64_t>{2, 0, 4, 7, 1, 5, 6, 3}));
}

TEST(RandomSampler, EveryPlaceIsEquallyLikely) {
  std::vector<int> first(5);
  for (std::uint64_t seed = 0; seed < 5000; ++seed) ++first[make(5, seed)->indices(0)[0]];
  for (const int count : first) EXPECT_NEAR(count, 1000, 130);  // 4.6 standard deviations
}

TEST(RandomSampler, NeedsStatistics) {
  const Catalog catalog = testing::catalog_of({"random"});
  EXPECT_THROW(testing::make<Sampler>(catalog, "random", {}), PluginError);
}

TEST(RandomSampler, NoSamples) { EXPECT_TRUE(make(0, 1)->indices(0).empty()); }

}  // namespace
}  // namespace longtail

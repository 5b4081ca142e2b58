#include <longtail/error.h>
#include <longtail/sampler.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

std::shared_ptr<Sampler> make(const DatasetStatistics& statistics, std::uint64_t seed) {
  static const Catalog catalog = testing::catalog_of({"class_balanced"});
  SamplerContext context;
  context.statistics = &statistics;
  context.seed = seed;
  return testing::make<Sampler>(catalog, "class_balanced", context);
}

TEST(ClassBalanced, EveryClassIsEquallyLikely) {
  DatasetStatistics statistics;
  statistics.num_classes = 4;  // class 2 has no samples
  for (int i = 0; i < 3000; ++i) statistics.classes_of_sample.push_back({i < 2900 ? 0 : i < 2990 ? 1 : 3});
  std::vector<int> counts(4);
  for (const std::int64_t index : make(statistics, 1)->indices(0)) ++counts[statistics.classes_of_sample[index][0]];
  EXPECT_EQ(counts[2], 0);
  for (const int c : {0, 1, 3}) EXPECT_NEAR(counts[c], 1000, 120);  // 4.6 standard deviations
}

TEST(ClassBalanced, DependsOnSeedAndEpochAlone) {
  DatasetStatistics statistics;
  statistics.num_classes = 2;
  for (int i = 0; i < 20; ++i) statistics.classes_of_sample.push_back({i % 2});
  EXPECT_EQ(make(statistics, 1)->indices(2), make(statistics, 1)->indices(2));
  EXPECT_NE(make(statistics, 1)->indices(2), make(statistics, 1)->indices(3));
  EXPECT_EQ(make(statistics, 1)->indices(2).size(), 20u);
}

TEST(ClassBalanced, NeedsStatisticsOfTheClassesThatItNames) {
  const Catalog catalog = testing::catalog_of({"class_balanced"});
  EXPECT_THROW(testing::make<Sampler>(catalog, "class_balanced", {}), PluginError);
  DatasetStatistics statistics;
  statistics.num_classes = 2;
  for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{2}, std::int64_t{1} << 40}) {
    statistics.classes_of_sample = {{0}, {wrong}};
    EXPECT_THROW(make(statistics, 1), DataError) << wrong;
  }
  statistics.num_classes = -1;
  statistics.classes_of_sample = {{}};
  EXPECT_THROW(make(statistics, 1), DataError);
}

TEST(ClassBalanced, NeedsAClass) {
  DatasetStatistics statistics;
  statistics.num_classes = 2;
  EXPECT_THROW(make(statistics, 1), DataError);
}

}  // namespace
}  // namespace longtail

// Which samples it chooses. CTest runs this as plugin.@name@.test.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/plugin_loader.h>
#include <longtail/sampler.h>

namespace {

/// As a configuration makes it, such as `{type: @name@}`.
std::shared_ptr<longtail::Sampler> make(const std::string& yaml, const longtail::SamplerContext& context) {
  longtail::Catalog catalog;
  longtail::load_plugin(LONGTAIL_TEST_PLUGIN_DIR "/@name@.longtail.so", catalog);
  longtail::Diagnostics diagnostics;
  const longtail::Node node = longtail::parse_yaml(yaml, "test", diagnostics);
  const longtail::ComponentSpec spec = catalog.resolve("sampler", node, diagnostics);
  diagnostics.throw_if_any();
  return catalog.make<longtail::Sampler>(spec, context);
}

/// Five samples of class 0 and then one of class 1.
longtail::DatasetStatistics six_samples() {
  longtail::DatasetStatistics statistics;
  statistics.num_classes = 2;
  statistics.classes_of_sample = {{0}, {0}, {0}, {0}, {0}, {1}};
  statistics.instance_counts = statistics.image_counts = {5, 1};
  return statistics;
}

std::vector<std::int64_t> indices(const std::string& yaml, std::int64_t epoch) {
  const longtail::DatasetStatistics statistics = six_samples();
  longtail::SamplerContext context;
  context.statistics = &statistics;
  return make(yaml, context)->indices(epoch);
}

TEST(@Name@, TakesAtMostTheLimitOfEachClass) {
  int rare = 0, common = 0;
  for (const std::int64_t index : indices("{type: @name@, limit: 2}", 0)) ++(index == 5 ? rare : common);
  EXPECT_EQ(common, 2);
  EXPECT_EQ(rare, 1);
}

// Otherwise a run that is resumed would go on with other samples.
TEST(@Name@, DependsOnSeedAndEpochAlone) {
  EXPECT_EQ(indices("@name@", 3), indices("@name@", 3));
  EXPECT_NE(indices("@name@", 3), indices("@name@", 4));
}

}  // namespace

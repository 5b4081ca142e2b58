// The shapes of its maps. CTest runs this as plugin.@name@.test.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <longtail/backbone.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/plugin_loader.h>

namespace {

/// As a configuration makes it, such as `{type: @name@}`.
std::shared_ptr<longtail::Backbone> make(const std::string& yaml, const longtail::BackboneContext& context) {
  longtail::Catalog catalog;
  longtail::load_plugin(LONGTAIL_TEST_PLUGIN_DIR "/@name@.longtail.so", catalog);
  longtail::Diagnostics diagnostics;
  const longtail::Node node = longtail::parse_yaml(yaml, "test", diagnostics);
  const longtail::ComponentSpec spec = catalog.resolve("backbone", node, diagnostics);
  diagnostics.throw_if_any();
  return catalog.make<longtail::Backbone>(spec, context);
}

TEST(@Name@, GivesTheStagesThatItReports) {
  const auto backbone = make("{type: @name@, channels: [4, 8]}", {});
  const auto stages = backbone->stages();
  const std::vector<at::Tensor> maps = backbone->forward(at::ones({2, 3, 32, 48}));
  ASSERT_EQ(stages.size(), 2u);
  ASSERT_EQ(maps.size(), 2u);
  for (std::size_t i = 0; i < maps.size(); ++i) {
    EXPECT_EQ(maps[i].sizes(), at::IntArrayRef({2, stages[i].channels, 32 / stages[i].stride, 48 / stages[i].stride}));
  }
}

TEST(@Name@, TrainsEveryParameter) {
  const auto backbone = make("@name@", {});
  backbone->forward(at::ones({1, 3, 32, 32})).back().sum().backward();
  for (const auto& parameter : backbone->named_parameters()) {
    EXPECT_TRUE(parameter.value().grad().defined()) << parameter.key();
  }
}

}  // namespace

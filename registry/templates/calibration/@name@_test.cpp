// What it makes of scores, by hand. CTest runs this as plugin.@name@.test.
#include <cmath>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <longtail/calibration.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/error.h>
#include <longtail/plugin_loader.h>

namespace {

/// As a configuration makes it, such as `{type: @name@}`.
std::shared_ptr<longtail::Calibration> make(const std::string& yaml, const longtail::CalibrationContext& context) {
  longtail::Catalog catalog;
  longtail::load_plugin(LONGTAIL_TEST_PLUGIN_DIR "/@name@.longtail.so", catalog);
  longtail::Diagnostics diagnostics;
  const longtail::Node node = longtail::parse_yaml(yaml, "test", diagnostics);
  const longtail::ComponentSpec spec = catalog.resolve("calibration", node, diagnostics);
  diagnostics.throw_if_any();
  return catalog.make<longtail::Calibration>(spec, context);
}

longtail::CalibrationContext two_classes() {
  longtail::CalibrationContext context;
  context.num_classes = 2;
  context.instance_counts = {9, 1};
  return context;
}

// Frequencies 0.9 and 0.1: the scores 0.6 and 0.4 become 0.6 / sqrt(0.9) and 0.4 / sqrt(0.1), of their sum.
TEST(@Name@, IsWhatItIsByHand) {
  const at::Tensor scores = at::tensor({0.6, 0.4}, at::kDouble).view({1, 2});
  const at::Tensor changed = make("{type: @name@, tau: 0.5}", two_classes())->apply(scores);
  const double a = 0.6 / std::sqrt(0.9), b = 0.4 / std::sqrt(0.1);
  EXPECT_NEAR(changed[0][0].item<double>(), a / (a + b), 1e-6);
  EXPECT_NEAR(changed[0][1].item<double>(), b / (a + b), 1e-6);
}

TEST(@Name@, NeedsTheClassCounts) {
  longtail::CalibrationContext unknown = two_classes();
  unknown.instance_counts.clear();
  EXPECT_THROW(make("@name@", unknown), longtail::ConfigError);
}

TEST(@Name@, SaysWhichClassesHaveNoInstances) {
  std::string said;
  longtail::CalibrationContext empty = two_classes();
  empty.instance_counts = {9, 0};
  empty.warn = [&](const std::string& line) { said = line; };
  make("@name@", empty);
  EXPECT_NE(said.find("no training instances of classes 1;"), std::string::npos) << said;
}

}  // namespace

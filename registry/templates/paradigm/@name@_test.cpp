// How it applies a head. CTest runs this as plugin.@name@.test.
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/paradigm.h>
#include <longtail/plugin_loader.h>

namespace {

/// As a configuration makes it, such as `{type: @name@}`.
std::shared_ptr<longtail::Paradigm> make(const std::string& yaml, const longtail::ParadigmContext& context) {
  longtail::Catalog catalog;
  longtail::load_plugin(LONGTAIL_TEST_PLUGIN_DIR "/@name@.longtail.so", catalog);
  longtail::Diagnostics diagnostics;
  const longtail::Node node = longtail::parse_yaml(yaml, "test", diagnostics);
  const longtail::ComponentSpec spec = catalog.resolve("paradigm", node, diagnostics);
  diagnostics.throw_if_any();
  return catalog.make<longtail::Paradigm>(spec, context);
}

/// A head whose logits are the features.
longtail::HeadOutput as_they_are(const at::Tensor& features) { return {features, {}, features}; }

longtail::ParadigmContext classification() {
  longtail::ParadigmContext context;
  context.num_logits = context.channels = context.hidden_channels = 4;
  return context;
}

// The last step is the prediction; in training half of the units are 0 and the others twice as large.
TEST(@Name@, DropsUnitsInTrainingOnly) {
  const auto paradigm = make("{type: @name@, dropout: 0.5}", classification());
  const at::Tensor features = at::ones({100, 4});
  paradigm->eval();
  EXPECT_TRUE(at::equal(paradigm->forward(features, as_they_are).back().output.logits, features));
  paradigm->train();
  const at::Tensor dropped = paradigm->forward(features, as_they_are).back().output.logits;
  EXPECT_TRUE((dropped.eq(0) | dropped.eq(2)).all().item<bool>());
  EXPECT_GT(dropped.eq(0).sum().item<double>(), 100);
}

}  // namespace

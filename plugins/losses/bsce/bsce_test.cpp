#include <longtail/error.h>
#include <longtail/loss.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;

LossContext context_of(const Catalog& catalog, std::vector<std::int64_t> counts, bool background) {
  LossContext context;
  context.catalog = &catalog;
  context.num_classes = 2;
  context.has_background = background;
  context.instance_counts = std::move(counts);
  return context;
}

double value_of(Loss& loss, const std::vector<double>& logits, std::int64_t label) {
  const Tensor z = at::tensor(logits, at::kDouble).unsqueeze(0);
  return loss.forward(LossInput(z, at::tensor({label}, at::kLong), z.size(1)))[0].values.item<double>();
}

TEST(Bsce, AddsTheLogOfTheCountsAtTraining) {
  const Catalog catalog = testing::catalog_of({"bsce"});
  const auto loss = testing::make<Loss>(catalog, "bsce", context_of(catalog, {90, 10}, false));
  // Equal logits: the prior itself.
  EXPECT_NEAR(value_of(*loss, {0, 0}, 0), -std::log(0.9), 1e-12);
  EXPECT_NEAR(value_of(*loss, {0, 0}, 1), -std::log(0.1), 1e-12);
  EXPECT_NEAR(value_of(*loss, {0, 1}, 1), -std::log(10 * std::exp(1) / (90 + 10 * std::exp(1))), 1e-12);
}

TEST(Bsce, IsPlainAtTestTime) {
  const Catalog catalog = testing::catalog_of({"bsce"});
  const auto loss = testing::make<Loss>(catalog, "bsce", context_of(catalog, {90, 10}, false));
  loss->eval();
  EXPECT_NEAR(value_of(*loss, {0, 0}, 1), std::log(2), 1e-12);
  EXPECT_TRUE(near(loss->scores(at::zeros({1, 2}, at::kDouble)), at::tensor({0.5, 0.5}), 1e-12));
}

TEST(Bsce, LeavesTheBackgroundAlone) {
  const Catalog catalog = testing::catalog_of({"bsce"});
  const auto loss = testing::make<Loss>(catalog, "bsce", context_of(catalog, {3, 4}, true));
  EXPECT_NEAR(value_of(*loss, {0, 0, 0}, 2), std::log(3 + 4 + 1), 1e-12);
}

TEST(Bsce, AnEmptyClassCountsAsOneInstance) {
  const Catalog catalog = testing::catalog_of({"bsce"});
  const auto loss = testing::make<Loss>(catalog, "bsce", context_of(catalog, {3, 0}, false));
  EXPECT_NEAR(value_of(*loss, {0, 0}, 1), std::log(3 + 1), 1e-12);
}

// To evaluate, the plain logits do; to train, the counts must be there.
TEST(Bsce, NeedsCountsToTrain) {
  const Catalog catalog = testing::catalog_of({"bsce"});
  LossContext context = context_of(catalog, {}, false);
  context.num_classes = 2;
  const auto loss = testing::make<Loss>(catalog, "bsce", context);
  const LossInput input(at::zeros({1, 2}), at::zeros({1}, at::kLong), 2);
  EXPECT_THROW(loss->forward(input), ConfigError);
  loss->eval();
  EXPECT_NO_THROW(loss->forward(input));
}

}  // namespace
}  // namespace longtail

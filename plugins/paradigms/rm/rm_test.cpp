#include <longtail/error.h>

#include "../common/testing.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

ParadigmContext context_of(std::int64_t num_deltas) {
  ParadigmContext context;
  context.num_logits = 4;
  context.num_deltas = num_deltas;
  context.hidden_channels = 6;
  return context;
}

/// The first prediction, as in the oracle.
HeadOutput first(const Tensor& features) { return {waves({2, 4}, 2.0, 50), waves({2, 12}, 1.0, 51), features}; }

TEST(Refinement, MatchesTheOracle) {
  const Catalog catalog = testing::catalog_of({"rm"});
  const Node expected = testing::oracle("paradigms.json");
  for (const std::string kind : {"full", "compact"}) {
    const auto rm = testing::make<Paradigm>(catalog, "{type: rm, hidden: 5, prediction: " + kind + "}", context_of(12));
    testing::fill(*rm);
    const auto steps = rm->forward(waves({2, 6}, 1.0), first);
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_TRUE(near(steps[0].output.logits, waves({2, 4}, 2.0, 50), 0));
    EXPECT_TRUE(near(steps[1].output.logits, numbers(expected, "rm_" + kind + ".logits"), 1e-12));
    EXPECT_TRUE(near(steps[1].output.deltas, numbers(expected, "rm_" + kind + ".deltas"), 1e-12));
    for (const ParadigmStep& step : steps) {
      EXPECT_EQ(step.classification_weight, 1);
      EXPECT_EQ(step.regression_weight, 1);
    }
  }
}

TEST(Refinement, NeedsTheSizesOfTheHead) {
  const Catalog catalog = testing::catalog_of({"rm"});
  EXPECT_THROW(testing::make<Paradigm>(catalog, "rm", {}), PluginError);
  ParadigmContext context = context_of(12);
  context.hidden_channels = 0;
  EXPECT_THROW(testing::make<Paradigm>(catalog, "rm", context), PluginError);
}

TEST(Refinement, ClassificationHasNoDeltas) {
  const Catalog catalog = testing::catalog_of({"rm"});
  const auto rm = testing::make<Paradigm>(catalog, "rm", context_of(0));
  const auto steps = rm->forward(at::ones({2, 6}), [](const Tensor& features) {
    return HeadOutput{at::zeros({2, 4}), Tensor(), features};
  });
  EXPECT_FALSE(steps[1].output.deltas.defined());
  EXPECT_EQ(steps[1].output.logits.sizes(), at::IntArrayRef({2, 4}));
}

// Sigmoids with a prior, two scores for four logits: what EQL v2 and Seesaw ask for.
TEST(Refinement, TakesTheLosssScoresAndItsFirstBias) {
  const Catalog catalog = testing::catalog_of({"rm"});
  ParadigmContext context = context_of(0);
  context.initial_bias = at::full({4}, -7.0);
  context.num_scores = 2;
  context.scores = [](const Tensor& logits) { return logits.slice(1, 0, 2).sigmoid(); };
  const auto rm = testing::make<Paradigm>(catalog, "{type: rm, hidden: 5}", context);
  EXPECT_TRUE(near(rm->named_parameters()["fc_logits.bias"], at::full({4}, -7.0), 0));
  EXPECT_EQ(rm->named_parameters()["fc.weight"].sizes(), at::IntArrayRef({5, 6 + 2}));
  const auto refined = [&](double third) {
    return rm
        ->forward(at::ones({1, 6}),
                  [&](const Tensor& features) {
                    return HeadOutput{at::tensor({1.0F, 2.0F, static_cast<float>(third), 0.0F}).unsqueeze(0), Tensor(),
                                      features};
                  })[1]
        .output.logits;
  };
  EXPECT_TRUE(near(refined(0), refined(9), 0));  // a logit that is in no score
}

TEST(Refinement, TheFirstPredictionIsNotDetached) {
  const Catalog catalog = testing::catalog_of({"rm"});
  const auto rm = testing::make<Paradigm>(catalog, "{type: rm, hidden: 5}", context_of(12));
  testing::fill(*rm);
  const Tensor logits = waves({2, 4}, 2.0, 50).requires_grad_();
  const auto steps = rm->forward(waves({2, 6}, 1.0), [&](const Tensor& features) {
    return HeadOutput{logits, waves({2, 12}, 1.0, 51), features};
  });
  steps[1].output.logits.sin().sum().backward();
  EXPECT_GT(logits.grad().abs().sum().item<double>(), 0);
}

}  // namespace
}  // namespace longtail

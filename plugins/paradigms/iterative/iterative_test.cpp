#include <longtail/error.h>

#include "../common/testing.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

class IterativeTest : public ::testing::Test {
 protected:
  IterativeTest() {
    boxes.num_logits = classes.num_logits = 4;
    boxes.channels = classes.channels = 3;
    boxes.num_deltas = 12;
    boxes.size = 2;
  }

  std::shared_ptr<Paradigm> make(const std::string& text, const ParadigmContext& context) {
    auto paradigm = testing::make<Paradigm>(catalog, text, context);
    testing::fill(*paradigm);
    return paradigm;
  }

  Catalog catalog = testing::catalog_of({"iterative"});
  ParadigmContext boxes, classes;
  Head box_head = testing::linear_head(12, 4, 12), class_head = testing::linear_head(3, 4, 0);
};

TEST_F(IterativeTest, BoxesMatchTheOracle) {
  const Node expected = testing::oracle("paradigms.json");
  for (const auto& [text, key] : {std::make_pair("{type: iterative, hidden: 5}", "boxes."),
                                  std::make_pair("{type: iterative, hidden: 5, layer_norm: true}", "layer_norm.")}) {
    const auto steps = make(text, boxes)->forward(waves({2, 3, 2, 2}, 1.0), box_head);
    ASSERT_EQ(steps.size(), 3u);
    for (int r = 0; r < 3; ++r) {
      EXPECT_TRUE(near(steps[r].output.logits, numbers(expected, key + std::to_string(r)), 1e-10)) << key << r;
    }
  }
}

TEST_F(IterativeTest, ClassificationMatchesTheOracle) {
  const Node expected = testing::oracle("paradigms.json");
  const auto steps = make("{type: iterative, hidden: 5}", classes)->forward(waves({2, 3}, 1.0), class_head);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_TRUE(near(steps[0].output.logits, numbers(expected, "classification.0"), 1e-10));
  EXPECT_TRUE(near(steps[1].output.logits, numbers(expected, "classification.1"), 1e-10));
  EXPECT_FALSE(steps[1].output.deltas.defined());
}

TEST_F(IterativeTest, Weights) {
  const auto weights = [&](const std::string& text, const ParadigmContext& context, const Head& head) {
    const bool vectors = context.size == 0;
    std::vector<double> found;
    for (const ParadigmStep& step :
         make(text, context)->forward(vectors ? waves({1, 3}, 1) : waves({1, 3, 2, 2}, 1), head)) {
      found.push_back(step.classification_weight);
      found.push_back(step.regression_weight);
    }
    return at::tensor(found, at::kDouble);
  };
  EXPECT_TRUE(near(weights("iterative", boxes, box_head), at::tensor({0.2, 0.0, 0.2, 0.0, 0.6, 1.0}), 1e-7));
  EXPECT_TRUE(near(weights("{type: iterative, regression: each}", boxes, box_head),
                   at::tensor({0.2, 0.2, 0.2, 0.2, 0.6, 0.6}), 1e-7));
  EXPECT_TRUE(near(weights("iterative", classes, class_head), at::tensor({0.4, 0.0, 0.6, 1.0}), 1e-7));
  EXPECT_TRUE(near(weights("{type: iterative, steps: 5}", classes, class_head),
                   at::tensor({0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 0.6, 1.0}), 1e-7));
  EXPECT_TRUE(near(weights("{type: iterative, steps: 1}", classes, class_head), at::tensor({1.0, 1.0}), 1e-7));
  EXPECT_TRUE(near(weights("{type: iterative, step_weights: [1]}", classes, class_head), at::tensor({1.0, 1.0}), 1e-7));
}

TEST_F(IterativeTest, SizesFollowTheHead) {
  const auto shape = [](Paradigm& paradigm, const std::string& name) {
    return paradigm.named_parameters()[name].sizes().vec();
  };
  const auto large = make("iterative", boxes);
  EXPECT_EQ(shape(*large, "mlp_loc.fc1.weight"), (std::vector<std::int64_t>{512, 12}));
  EXPECT_EQ(shape(*large, "mlp_loc.fc2.weight"), (std::vector<std::int64_t>{4, 512}));
  EXPECT_EQ(shape(*large, "mlp_cls.fc1.weight"), (std::vector<std::int64_t>{512, 4}));
  const auto small = make("iterative", classes);
  EXPECT_EQ(shape(*small, "mlp_cls.fc2.weight"), (std::vector<std::int64_t>{3, 256}));
  EXPECT_EQ(small->named_parameters().size(), 4u);
}

TEST_F(IterativeTest, GradientsFlowThroughAllSteps) {
  const auto paradigm = make("{type: iterative, hidden: 5, layer_norm: true}", boxes);
  const auto value = [&](const Tensor& features) {
    Tensor sum = at::zeros({}, at::kDouble);
    for (const ParadigmStep& step : paradigm->forward(features, box_head)) {
      sum = sum + (step.output.logits.sin().sum() + step.output.deltas.sin().sum()) * step.classification_weight;
    }
    return sum;
  };
  const Tensor features = waves({2, 3, 2, 2}, 1.0).requires_grad_();
  value(features).backward();
  const Tensor numeric = testing::numeric_gradient([&](const Tensor& x) { return value(x).item<double>(); }, features);
  EXPECT_TRUE(near(features.grad(), numeric, 1e-6));
  for (const auto& parameter : paradigm->named_parameters()) {
    EXPECT_GT(parameter.value().grad().abs().sum().item<double>(), 0) << parameter.key();
  }
}

TEST_F(IterativeTest, NeedsTheSizesOfTheHead) {
  EXPECT_THROW(testing::make<Paradigm>(catalog, "iterative", {}), PluginError);
  boxes.channels = 0;
  EXPECT_THROW(testing::make<Paradigm>(catalog, "iterative", boxes), PluginError);
}

TEST_F(IterativeTest, NoRegions) {
  const auto steps = make("iterative", boxes)->forward(at::zeros({0, 3, 2, 2}, at::kDouble).requires_grad_(), box_head);
  EXPECT_EQ(steps.back().output.logits.sizes(), at::IntArrayRef({0, 4}));
  steps.back().output.logits.sum().backward();
}

TEST_F(IterativeTest, StepsAndWeightsMustAgree) {
  Diagnostics diagnostics;
  catalog.resolve("paradigm", testing::yaml("{type: iterative, steps: 2, step_weights: [1, 1, 1]}"), diagnostics);
  ASSERT_FALSE(diagnostics.ok());
  EXPECT_NE(diagnostics.text().find("test:1:1"), std::string::npos) << diagnostics.text();
  EXPECT_NE(diagnostics.text().find("one entry for each of 'steps'"), std::string::npos) << diagnostics.text();
}

}  // namespace
}  // namespace longtail

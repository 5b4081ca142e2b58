#include <cmath>

#include <longtail/loss.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

class SeesawTest : public ::testing::Test {
 protected:
  SeesawTest() {
    context.catalog = &catalog;
    context.num_classes = 3;
    context.has_background = true;
  }

  std::shared_ptr<Loss> make(const std::string& text) {
    auto loss = testing::make<Loss>(catalog, text, context);
    testing::to_double(*loss);
    return loss;
  }

  static LossInput input(std::vector<std::int64_t> labels, int variant) {
    const auto count = static_cast<std::int64_t>(labels.size());
    return LossInput(waves({count, 5}, 2.0, variant), at::tensor(labels, at::kLong), 4);
  }

  Catalog catalog = testing::catalog_of({"seesaw", "pcb", "softmax"});
  LossContext context;
};

TEST_F(SeesawTest, MatchesTheOracle) {
  const Node expected = testing::oracle("eql_seesaw.json");
  for (const bool single : {false, true}) {
    const auto loss = single ? testing::make<Loss>(catalog, "seesaw", context) : make("seesaw");
    const double tolerance = single ? 1e-5 : 1e-10;
    const auto input_of = [&](std::vector<std::int64_t> labels, int variant) {
      LossInput in = input(std::move(labels), variant);
      if (single) in.logits = in.logits.to(at::kFloat);
      return in;
    };
    loss->forward(input_of({0, 1, 3, 2}, 0));
    loss->forward(input_of({2, 3, 0, 0}, 1));
    const LossInput last = input_of({1, 0, 2, 3}, 2);
    Tensor(last.logits).requires_grad_();
    const LossTerms terms = loss->forward(last);
    ASSERT_EQ(terms.size(), 2u);
    (terms[0].values + terms[1].values).sum().backward();
    EXPECT_TRUE(near(terms[0].values, numbers(expected, "seesaw.classes"), tolerance));
    EXPECT_TRUE(near(terms[1].values, numbers(expected, "seesaw.objectness"), tolerance));
    EXPECT_TRUE(near(last.logits.grad(), numbers(expected, "seesaw.gradient"), tolerance));
    EXPECT_TRUE(near(loss->named_buffers()["counts"], numbers(expected, "seesaw.counts"), 0));
  }
}

TEST_F(SeesawTest, ScoresShareTheForegroundsMass) {
  const auto loss = make("seesaw");
  EXPECT_EQ(loss->num_logits(), 5);
  const Tensor logits = at::tensor({0.0, 0.0, 0.0, std::log(3.0), 0.0}, at::kDouble).view({1, 5});
  EXPECT_TRUE(near(loss->scores(logits), at::tensor({0.25, 0.25, 0.25, 0.25}), 1e-7));
}

TEST_F(SeesawTest, WithoutExponentsItIsSoftmax) {
  context.has_background = false;
  const auto loss = make("{type: seesaw, p: 0, q: 0}"), softmax = make("softmax");
  const LossInput in(waves({4, 3}, 2.0), at::tensor({0, 1, 2, 0}, at::kLong), 3);
  EXPECT_EQ(loss->num_logits(), 3);
  EXPECT_TRUE(near(loss->forward(in)[0].values, softmax->forward(in)[0].values, 1e-12));
}

TEST_F(SeesawTest, PcbMatchesTheOracle) {
  const Node expected = testing::oracle("eql_seesaw.json");
  const double right = numbers(expected, "seesaw_pcb.loss").item<double>();
  EXPECT_GT(std::abs(right - numbers(expected, "seesaw_pcb.wrong").item<double>()), 1e-3);
  const auto loss = make("{type: pcb, base: seesaw, alpha: 0.6}");
  loss->forward(input({0, 1, 3, 2}, 0));
  loss->forward(input({2, 3, 0, 0}, 1));
  LossInput last = input({1, 0, 2, 3}, 2);
  last.logits.requires_grad_();
  last.weights = at::tensor({1.0, 0.5, 2.0, 0.25}, at::kDouble);
  last.avg_factor = 3;
  last.step = 1;
  last.num_steps = 3;
  Tensor value = at::zeros({}, at::kDouble);
  for (const auto& [name, part] : reduce(loss->forward(last), last)) value = value + part;
  value.backward();
  EXPECT_NEAR(value.item<double>(), right, 1e-10);
  EXPECT_TRUE(near(last.logits.grad(), numbers(expected, "seesaw_pcb.gradient"), 1e-10));
  EXPECT_TRUE(near(loss->named_buffers()["confusion_matrix"], numbers(expected, "seesaw_pcb.matrix"), 1e-12));
}

TEST_F(SeesawTest, PcbLeavesObjectnessAlone) {
  const auto plain = make("seesaw"), wrapped = make("{type: pcb, base: seesaw, alpha: 0.5}");
  const LossInput in = input({0, 1, 2, 3, 1}, 0);
  const LossTerms a = plain->forward(in), b = wrapped->forward(in);
  EXPECT_FALSE(near(a[0].values, b[0].values, 1e-3));
  EXPECT_TRUE(near(a[1].values, b[1].values, 1e-12));
}

// Also over a sequence, in which both keep their own counts.
TEST_F(SeesawTest, PcbOfAlphaZeroIsSeesaw) {
  const auto plain = make("seesaw"), wrapped = make("{type: pcb, base: seesaw, alpha: 0}");
  for (int variant = 0; variant < 3; ++variant) {
    const LossInput in = input({0, 1, 2, 3, variant}, variant);
    EXPECT_TRUE(at::equal(plain->forward(in)[0].values, wrapped->forward(in)[0].values));
  }
}

TEST_F(SeesawTest, TargetsAreLinear) {
  const auto loss = make("seesaw");
  loss->forward(input({0, 1, 3, 2}, 0));
  loss->eval();
  const auto with = [&](const Tensor& targets) {
    LossInput in = input({0, 2, 3, 1}, 1);
    in.set_targets(targets);
    return loss->forward(in)[0].values;
  };
  const Tensor a = waves({4, 4}, 1.0, 1).abs(), b = waves({4, 4}, 1.0, 2).abs();
  EXPECT_TRUE(near(with(2 * a + 3 * b), 2 * with(a) + 3 * with(b), 1e-12));
}

TEST_F(SeesawTest, NoSamplesAndNoPositives) {
  const auto loss = make("seesaw");
  for (const std::vector<std::int64_t>& labels : {std::vector<std::int64_t>{}, std::vector<std::int64_t>{3, 3}}) {
    LossInput in = input(labels, 0);
    in.logits.requires_grad_();
    Tensor sum = at::zeros({}, at::kDouble);
    for (const auto& [name, value] : reduce(loss->forward(in), in)) sum = sum + value;
    sum.backward();
    EXPECT_TRUE(in.logits.grad().isfinite().all().item<bool>());
  }
}

}  // namespace
}  // namespace longtail

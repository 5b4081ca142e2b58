#include <longtail/loss.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

class EqlV2Test : public ::testing::Test {
 protected:
  EqlV2Test() {
    context.catalog = &catalog;
    context.num_classes = 3;
    context.has_background = true;
  }

  std::shared_ptr<Loss> make(const std::string& text) {
    auto loss = testing::make<Loss>(catalog, text, context);
    testing::to_double(*loss);
    return loss;
  }

  /// Soft targets between 0 and 1, as "soft" of the oracle has them.
  static LossInput soft_input(std::vector<std::int64_t> labels, int variant) {
    LossInput made = input(std::move(labels), variant);
    made.set_targets(waves({4, 4}, 1.0, variant + 5).abs());
    return made;
  }

  static LossInput input(std::vector<std::int64_t> labels, int variant) {
    return LossInput(waves({4, 4}, 2.0, variant), at::tensor(labels, at::kLong), 4);
  }

  Catalog catalog = testing::catalog_of({"eql_v2", "pcb"});
  LossContext context;
};

// Three calls, of which the last one's values, gradient and state are compared: "eql_v2" and "pcb" of the oracle.
void expect_sequence(Loss& loss, at::ScalarType type, const Node& expected, const std::string& key, double tolerance) {
  const auto input = [&](std::vector<std::int64_t> labels, int variant) {
    return LossInput(waves({4, 4}, 2.0, variant).to(type), at::tensor(labels, at::kLong), 4);
  };
  loss.forward(input({0, 1, 3, 2}, 0));
  loss.forward(input({2, 3, 0, 0}, 1));
  const LossInput last = input({1, 0, 2, 3}, 2);
  Tensor(last.logits).requires_grad_();
  const Tensor values = loss.forward(last)[0].values;
  values.sum().backward();
  EXPECT_TRUE(near(values, numbers(expected, key + "values"), tolerance));
  EXPECT_TRUE(near(last.logits.grad(), numbers(expected, key + "gradient"), tolerance));
  const std::string prefix = key == "pcb." ? "base." : "";
  const auto buffers = loss.named_buffers();
  EXPECT_TRUE(near(buffers[prefix + "positive_gradients"], numbers(expected, key + "positive"), tolerance));
  EXPECT_TRUE(near(buffers[prefix + "negative_gradients"], numbers(expected, key + "negative"), tolerance));
  if (prefix.empty()) return;
  EXPECT_TRUE(near(buffers["confusion_matrix"], numbers(expected, "pcb.matrix"), tolerance));
}

TEST_F(EqlV2Test, MatchesTheOracleAloneAndInPcb) {
  const Node expected = testing::oracle("eql_seesaw.json");
  for (const auto& [text, key] :
       {std::make_pair("eql_v2", "eql_v2."), std::make_pair("{type: pcb, base: eql_v2, alpha: 0.2}", "pcb.")}) {
    SCOPED_TRACE(key);
    expect_sequence(*make(text), at::kDouble, expected, key, 1e-10);
    expect_sequence(*testing::make<Loss>(catalog, text, context), at::kFloat, expected, key, 1e-5);
  }
}

TEST_F(EqlV2Test, SoftTargetsMatchTheOracle) {
  const Node expected = testing::oracle("eql_seesaw.json");
  const auto loss = make("eql_v2");
  loss->forward(soft_input({0, 1, 3, 2}, 0));
  loss->forward(soft_input({2, 3, 0, 0}, 1));
  LossInput last = soft_input({1, 0, 2, 3}, 2);
  last.logits.requires_grad_();
  const Tensor values = loss->forward(last)[0].values;
  values.sum().backward();
  EXPECT_TRUE(near(values, numbers(expected, "soft.values"), 1e-10));
  EXPECT_TRUE(near(last.logits.grad(), numbers(expected, "soft.gradient"), 1e-10));
  EXPECT_TRUE(near(loss->named_buffers()["positive_gradients"], numbers(expected, "soft.positive"), 1e-10));
  EXPECT_TRUE(near(loss->named_buffers()["negative_gradients"], numbers(expected, "soft.negative"), 1e-10));
}

// t (1 - p) + (1 - t) p is |p - t| for t = 0 and t = 1 only.
TEST_F(EqlV2Test, TheOracleTellsTheMagnitudeFromTheOneOfHardTargets) {
  const Node expected = testing::oracle("eql_seesaw.json");
  for (const std::string sums : {"positive", "negative"}) {
    for (const std::string kind : {"pcb.", "soft."}) {
      EXPECT_FALSE(near(numbers(expected, kind + sums), numbers(expected, kind + "wrong_" + sums), 1e-3)) << kind;
    }
    EXPECT_TRUE(near(numbers(expected, "eql_v2." + sums), numbers(expected, "eql_v2.wrong_" + sums), 1e-12));
  }
}

// By hand: where the prediction is the target there is no gradient; and p = 0.5, t = 0.2, w = 1 gives 0.2 * 0.3 and
// 0.8 * 0.3.
TEST_F(EqlV2Test, APredictionThatIsItsSoftTargetAddsNothing) {
  const auto loss = make("eql_v2");
  LossInput exact(at::full({1, 4}, std::log(4.0), at::kDouble), at::tensor({0}, at::kLong), 4);
  exact.set_targets(at::full({1, 4}, 0.8, at::kDouble));
  loss->forward(exact);
  EXPECT_TRUE(near(loss->named_buffers()["positive_gradients"], at::zeros({3}), 1e-15));
  EXPECT_TRUE(near(loss->named_buffers()["negative_gradients"], at::zeros({3}), 1e-15));
  const auto other = make("eql_v2");
  LossInput off(at::zeros({1, 4}, at::kDouble), at::tensor({0}, at::kLong), 4);
  off.set_targets(at::full({1, 4}, 0.2, at::kDouble));
  other->forward(off);
  EXPECT_TRUE(near(other->named_buffers()["positive_gradients"], at::full({3}, 0.06), 1e-7));
  EXPECT_TRUE(near(other->named_buffers()["negative_gradients"], at::full({3}, 0.24), 1e-7));
}

TEST_F(EqlV2Test, IgnoresWeightsAndAvgFactor) {
  const auto loss = make("eql_v2");
  loss->forward(input({1, 0, 2, 3}, 2));  // from now on its own weights count
  loss->eval();
  const LossInput plain = input({0, 1, 3, 2}, 0);
  LossInput weighted = plain;
  weighted.weights = at::full({4}, 7.0, at::kDouble);
  weighted.avg_factor = 3;
  EXPECT_TRUE(
      near(reduce(loss->forward(weighted), weighted)[0].second, reduce(loss->forward(plain), plain)[0].second, 1e-12));
}

TEST_F(EqlV2Test, ScoresAndBias) {
  const auto loss = make("eql_v2");
  const Tensor scores = loss->scores(at::zeros({1, 4}, at::kDouble));
  EXPECT_TRUE(near(scores, at::tensor({0.25, 0.25, 0.25, 0.5}), 1e-12));
  EXPECT_TRUE(near(loss->initial_bias().sigmoid(), at::full({4}, 0.001), 1e-7));
  EXPECT_FALSE(loss->is_normalized());
}

TEST_F(EqlV2Test, ResumesFromItsBuffersAloneAndInPcb) {
  for (const char* text : {"eql_v2", "{type: pcb, base: eql_v2, alpha: 0.2}"}) {
    const auto loss = make(text), resumed = make(text);
    loss->forward(input({0, 1, 3, 2}, 0));
    const at::NoGradGuard no_grad;
    for (const auto& buffer : loss->named_buffers()) resumed->named_buffers()[buffer.key()].copy_(buffer.value());
    const LossInput next = input({1, 1, 3, 0}, 1);
    EXPECT_TRUE(at::equal(loss->forward(next)[0].values, resumed->forward(next)[0].values)) << text;
  }
}

TEST_F(EqlV2Test, PcbOfAlphaZeroIsEqlV2) {
  const auto plain = make("eql_v2"), wrapped = make("{type: pcb, base: eql_v2, alpha: 0}");
  for (int variant = 0; variant < 3; ++variant) {
    const LossInput in = input({0, 1, 3, 2}, variant);
    EXPECT_TRUE(at::equal(plain->forward(in)[0].values, wrapped->forward(in)[0].values));
  }
}

// The soft labels are part of the targets there, so neither weights nor avg_factor reach them.
TEST_F(EqlV2Test, PcbIgnoresWeightsAndAvgFactorToo) {
  const auto plain = make("{type: pcb, base: eql_v2, alpha: 0.2}"),
             weighted = make("{type: pcb, base: eql_v2, alpha: 0.2}");
  for (int variant = 0; variant < 3; ++variant) {
    const LossInput in = input({0, 1, 3, 2}, variant);
    LossInput other = in;
    other.weights = at::full({4}, 7.0, at::kDouble);
    other.avg_factor = 3;
    EXPECT_TRUE(
        near(reduce(weighted->forward(other), other)[0].second, reduce(plain->forward(in), in)[0].second, 1e-12));
  }
}

TEST_F(EqlV2Test, NoSamples) {
  const auto loss = make("eql_v2");
  const LossInput none(at::zeros({0, 4}, at::kDouble).requires_grad_(), at::zeros({0}, at::kLong), 4);
  const Tensor value = reduce(loss->forward(none), none)[0].second;
  value.backward();
  EXPECT_EQ(value.item<double>(), 0);
}

}  // namespace
}  // namespace longtail

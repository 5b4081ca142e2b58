#include <longtail/error.h>
#include <longtail/loss.h>

#include <functional>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using testing::near;
using testing::numbers;
using testing::waves;

class PcbTest : public ::testing::Test {
 protected:
  PcbTest() {
    context.catalog = &catalog;
    context.num_classes = 4;
    context.has_background = true;
    context.instance_counts = {9, 8, 7, 6};
  }

  std::shared_ptr<Loss> make(const std::string& text) {
    auto loss = testing::make<Loss>(catalog, text, context);
    testing::to_double(*loss);
    return loss;
  }

  LossInput input(std::vector<std::int64_t> labels, int variant = 0) const {
    const std::int64_t width = context.num_classes + (context.has_background ? 1 : 0);
    const auto count = static_cast<std::int64_t>(labels.size());
    return LossInput(waves({count, width}, 2.0, variant), at::tensor(labels, at::kLong), width);
  }

  static Tensor total(const LossTerms& terms, const LossInput& in) {
    Tensor sum = at::zeros({}, at::kDouble);
    for (const auto& [name, value] : reduce(terms, in)) sum = sum + value;
    return sum;
  }

  static Tensor matrix(const Loss& loss) { return loss.named_buffers()["confusion_matrix"]; }

  Catalog catalog = testing::catalog_of({"pcb", "softmax", "bsce"});
  LossContext context;
};

struct DetectionCase {
  Tensor matrices[3];  // after each of three batches
  Tensor value, gradient;
};

// Step 1 of 3, weighted samples, four classes and a background: "detection" of tests/oracle/pcb.py.
DetectionCase detection_case(Loss& loss, const std::function<LossInput(std::vector<std::int64_t>, int)>& input) {
  DetectionCase out;
  const auto matrix = [&] { return loss.named_buffers()["confusion_matrix"].clone(); };
  loss.forward(input({0, 1, 4, 2, 1, 3}, 0));
  out.matrices[0] = matrix();
  loss.forward(input({3, 4, 3, 0, 4, 4}, 1));
  out.matrices[1] = matrix();
  LossInput last = input({2, 4, 1, 1, 4, 0}, 2);
  last.logits.requires_grad_();
  last.weights = at::tensor({1.0, 0.5, 2.0, 1.0, 0.25, 1.0}, at::kDouble).to(last.logits.scalar_type());
  last.avg_factor = 4;
  last.step = 1;
  last.num_steps = 3;
  Tensor value = at::zeros({}, last.logits.options().requires_grad(false));
  for (const auto& [name, part] : reduce(loss.forward(last), last)) value = value + part;
  value.backward();
  out.matrices[2] = matrix();
  out.value = value.detach();
  out.gradient = last.logits.grad();
  return out;
}

void expect_case(const DetectionCase& got, const Node& expected, double tolerance) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(near(got.matrices[i], numbers(expected, "detection.matrices." + std::to_string(i)), tolerance)) << i;
  }
  EXPECT_TRUE(near(got.value, numbers(expected, "detection.loss"), tolerance));
  EXPECT_TRUE(near(got.gradient, numbers(expected, "detection.gradient"), tolerance));
}

TEST_F(PcbTest, DetectionMatchesTheOracle) {
  const std::string text = "{type: pcb, base: softmax, alpha: 0.4, gamma: 0.9}";
  const auto loss = make(text), single = testing::make<Loss>(catalog, text, context);
  const auto in = [&](std::vector<std::int64_t> labels, int variant) { return input(std::move(labels), variant); };
  const auto in_floats = [&](std::vector<std::int64_t> labels, int variant) {
    LossInput converted = input(std::move(labels), variant);
    converted.logits = converted.logits.to(at::kFloat);
    return converted;
  };
  const Node expected = testing::oracle("pcb.json");
  expect_case(detection_case(*loss, in), expected, 1e-10);
  expect_case(detection_case(*single, in_floats), expected, 1e-5);
}

TEST_F(PcbTest, TheOracleTellsPlausibleMistakesFromTheRightNumber) {
  const Node expected = testing::oracle("pcb.json");
  const double right = numbers(expected, "detection.loss").item<double>();
  for (const char* mistake :
       {"row instead of column", "hard targets", "alpha of the next step", "matrix before the batch"}) {
    const double wrong = numbers(expected, std::string("wrong.losses.") + mistake).item<double>();
    EXPECT_GT(std::abs(wrong - right), 1e-3) << mistake;
  }
  for (const char* mistake : {"gradient_through_matrix", "gradient_without_soft_labels"}) {
    EXPECT_FALSE(
        near(numbers(expected, std::string("wrong.") + mistake), numbers(expected, "detection.gradient"), 1e-3))
        << mistake;
  }
}

TEST_F(PcbTest, ClassificationOverBsceMatchesTheOracle) {
  const Node expected = testing::oracle("pcb.json");
  context.num_classes = 3;
  context.has_background = false;
  context.instance_counts = {50, 10, 1};
  const auto loss = make("{type: pcb, base: bsce, alpha: 0.8, gamma: 0.99}");
  loss->forward(input({0, 1, 2, 0}, 0));
  LossInput last = input({2, 2, 1, 0}, 1);
  last.logits.requires_grad_();
  const Tensor value = total(loss->forward(last), last);
  value.backward();
  EXPECT_TRUE(near(matrix(*loss), numbers(expected, "bsce.matrices.1"), 1e-12));
  EXPECT_TRUE(near(value, numbers(expected, "bsce.loss"), 1e-10));
  EXPECT_TRUE(near(last.logits.grad(), numbers(expected, "bsce.gradient"), 1e-10));
}

TEST_F(PcbTest, DetectionOverBsceMatchesTheOracle) {
  const Node expected = testing::oracle("pcb.json");
  context.instance_counts = {90, 8, 20, 1};
  const auto loss = make("{type: pcb, base: bsce, alpha: 0.4, gamma: 0.9}");
  loss->forward(input({0, 1, 4, 2, 1, 3}, 0));
  loss->forward(input({3, 4, 3, 0, 4, 4}, 1));
  LossInput last = input({2, 4, 1, 1, 4, 0}, 2);
  last.logits.requires_grad_();
  last.weights = at::tensor({1.0, 0.5, 2.0, 1.0, 0.25, 1.0}, at::kDouble);
  last.avg_factor = 4;
  const Tensor value = total(loss->forward(last), last);
  value.backward();
  EXPECT_TRUE(near(value, numbers(expected, "bsce_detection.loss"), 1e-10));
  EXPECT_TRUE(near(last.logits.grad(), numbers(expected, "bsce_detection.gradient"), 1e-10));
}

TEST_F(PcbTest, RecurrentStepsUpdateTheMatrixBeforeTheyUseIt) {
  const Node expected = testing::oracle("pcb.json");
  const auto loss = make("{type: pcb, alpha: 0.4, gamma: 0.9}");
  for (int step = 0; step < 3; ++step) {
    LossInput in = input({0, 1, 4, 2, 1, 3}, step);
    in.logits.requires_grad_();
    in.step = step;
    in.num_steps = 3;
    const Tensor value = total(loss->forward(in), in);
    value.backward();
    const std::string key = "recurrent." + std::to_string(step);
    EXPECT_TRUE(near(matrix(*loss), numbers(expected, key + ".matrices." + std::to_string(step)), 1e-12)) << step;
    EXPECT_TRUE(near(value, numbers(expected, key + ".loss"), 1e-10)) << step;
    EXPECT_TRUE(near(in.logits.grad(), numbers(expected, key + ".gradient"), 1e-10)) << step;
  }
}

TEST_F(PcbTest, IsTheBaseLossUntilEveryClassOfTheTrainingSetWasSeen) {
  context.instance_counts = {9, 8, 0, 6};
  const auto loss = make("{type: pcb, alpha: 1}");
  const auto base = testing::make<Loss>(catalog, "softmax", context);
  const LossInput first = input({0, 1, 1, 4});
  EXPECT_TRUE(near(loss->forward(first)[0].values, base->forward(first)[0].values, 1e-12));
  const LossInput second = input({0, 1, 3, 4}, 1);  // class 2 has no instances: nobody waits for it
  EXPECT_FALSE(near(loss->forward(second)[0].values, base->forward(second)[0].values, 1e-3));
}

TEST_F(PcbTest, SaysOnceWhichClassesAreEmpty) {
  std::vector<std::string> said;
  context.instance_counts = {9, 0, 0, 6};
  context.warn = [&](const std::string& line) { said.push_back(line); };
  const auto loss = make("pcb");
  loss->forward(input({0, 3, 4}));
  EXPECT_EQ(said, std::vector<std::string>{"loss 'pcb': 2 of 4 classes have no training instances (1, 2); "
                                           "it starts when all the others have been seen"});
}

// A phase that goes on from another one, in which class 2 never came.
TEST_F(PcbTest, SaysOnceThatItWaitsForClassesOfAnEarlierPhase) {
  std::vector<std::string> said;
  context.warn = [&](const std::string& line) { said.push_back(line); };
  const auto fresh = make("pcb"), later = make("pcb");
  for (int i = 0; i < 2; ++i) fresh->forward(input({0, 1, 3}));
  EXPECT_TRUE(said.empty());  // nothing to say of a first phase: they are still to come
  later->named_buffers()["seen"].copy_(fresh->named_buffers()["seen"]);
  for (int i = 0; i < 2; ++i) later->forward(input({0, 1, 3}));
  EXPECT_EQ(said,
            std::vector<std::string>{"loss 'pcb': 1 of 4 classes have not been trained on so far; it starts when they "
                                     "have been"});
}

// LibTorch turns flags into numbers when a whole module changes its type.
TEST_F(PcbTest, WorksAfterTheModuleChangedItsType) {
  const auto loss = testing::make<Loss>(catalog, "{type: pcb, alpha: 0.4, gamma: 0.9}", context);
  loss->to(at::kDouble);
  const auto in = [&](std::vector<std::int64_t> labels, int variant) { return input(std::move(labels), variant); };
  expect_case(detection_case(*loss, in), testing::oracle("pcb.json"), 1e-10);
}

TEST_F(PcbTest, AZeroColumnFallsBackToOneHot) {
  const auto loss = make("{type: pcb, alpha: 1}");
  loss->named_buffers()["seen"].fill_(true);
  loss->eval();  // the matrix stays zero
  const auto base = testing::make<Loss>(catalog, "softmax", context);
  const LossInput in = input({0, 1, 2, 3, 4});
  EXPECT_TRUE(near(loss->forward(in)[0].values, base->forward(in)[0].values, 1e-12));
}

TEST_F(PcbTest, AlphaGrowsWithTheStep) {
  const auto loss = make("{type: pcb, alpha: 0.6}");
  loss->forward(input({0, 1, 2, 3}));
  loss->eval();
  const auto value = [&](int step, int num_steps) {
    LossInput in = input({0, 1, 2, 3}, 1);
    in.step = step;
    in.num_steps = num_steps;
    return total(loss->forward(in), in).item<double>();
  };
  const double none = value(0, 3), half = value(1, 3), full = value(2, 3);
  EXPECT_NEAR(half, (none + full) / 2, 1e-12);
  EXPECT_NEAR(value(0, 1), full, 1e-12);
  const auto base = testing::make<Loss>(catalog, "softmax", context);
  const LossInput in = input({0, 1, 2, 3}, 1);
  EXPECT_NEAR(none, total(base->forward(in), in).item<double>(), 1e-12);
}

TEST_F(PcbTest, AlphaZeroKeepsTheMatrix) {
  const auto loss = make("{type: pcb, alpha: 0}");
  loss->forward(input({0, 1, 2, 3}));
  EXPECT_GT(matrix(*loss).min().item<double>(), 0);
  EXPECT_TRUE(near(matrix(*loss).sum(1), at::ones({4}), 1e-12));
}

TEST_F(PcbTest, OnlyRowsOfTheBatchAreTouched) {
  const auto loss = make("pcb");
  loss->forward(input({0, 1, 2, 3}));
  const Tensor before = matrix(*loss).clone();
  loss->forward(input({1, 4, 1}, 1));
  const Tensor changed = (matrix(*loss) - before).abs().sum(1).gt(0);
  EXPECT_TRUE(at::equal(changed, at::tensor({0, 1, 0, 0}, at::kLong).to(at::kBool)));
}

TEST_F(PcbTest, NoPositivesAndNoSamples) {
  const auto loss = make("pcb");
  loss->forward(input({0, 1, 2, 3}));
  const Tensor before = matrix(*loss).clone();
  const auto base = testing::make<Loss>(catalog, "softmax", context);
  const LossInput negatives = input({4, 4}, 1);
  EXPECT_TRUE(near(loss->forward(negatives)[0].values, base->forward(negatives)[0].values, 1e-12));

  LossInput none(at::zeros({0, 5}, at::kDouble).requires_grad_(), at::zeros({0}, at::kLong), 5);
  const Tensor value = total(loss->forward(none), none);
  value.backward();
  EXPECT_EQ(value.item<double>(), 0);
  EXPECT_EQ(none.logits.grad().size(0), 0);
  EXPECT_TRUE(at::equal(matrix(*loss), before));
}

TEST_F(PcbTest, ResumesFromItsBuffers) {
  const auto loss = make("pcb"), resumed = make("pcb");
  for (int i = 0; i < 3; ++i) loss->forward(input({0, 1, 2, 3, 4}, i));
  const at::NoGradGuard no_grad;
  for (const auto& buffer : loss->named_buffers()) resumed->named_buffers()[buffer.key()].copy_(buffer.value());
  const LossInput next = input({1, 4, 2}, 7);
  EXPECT_TRUE(at::equal(loss->forward(next)[0].values, resumed->forward(next)[0].values));
  EXPECT_TRUE(at::equal(matrix(*loss), matrix(*resumed)));
}

/// Adds what the other rank brings. Records that every rank is asked the same.
class TwoRanks final : public Collective {
 public:
  int rank() const override { return 0; }
  int world_size() const override { return 2; }
  void all_reduce_sum(Tensor& tensor) override {
    ++calls;
    if (other.defined()) tensor.add_(other);
    sent = tensor.clone();
  }
  void broadcast(Tensor&) override {}
  void barrier() override {}

  Tensor other, sent;
  int calls = 0;
};

TEST_F(PcbTest, SumsOverRanksAlsoWithoutPositives) {
  const auto ranks = std::make_shared<TwoRanks>();
  const auto alone = make("{type: pcb, gamma: 0.9}");
  context.collective = ranks;
  const auto shared = make("{type: pcb, gamma: 0.9}");
  const LossInput whole = input({0, 1, 2, 3, 1, 4});
  alone->forward(whole);
  // The other rank has the last four samples: its sums, then ours with the first two.
  shared->forward(LossInput(whole.logits.slice(0, 2), whole.labels.slice(0, 2), 5));
  ranks->other = ranks->sent;
  const auto first = make("{type: pcb, gamma: 0.9}");
  first->forward(LossInput(whole.logits.slice(0, 0, 2), whole.labels.slice(0, 0, 2), 5));
  EXPECT_TRUE(near(matrix(*first), matrix(*alone), 1e-12));
  const auto empty = make("{type: pcb, gamma: 0.9}");
  empty->forward(input({4, 4}));  // takes part all the same, and learns the other rank's classes
  EXPECT_EQ(ranks->calls, 3);
  EXPECT_TRUE(near(matrix(*empty), matrix(*shared), 1e-12));
}

TEST_F(PcbTest, WithoutACatalogThereIsNoBase) {
  context.catalog = nullptr;
  try {
    make("pcb");
    FAIL() << "was made";
  } catch (const PluginError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.rfind("loss 'pcb' (", 0), 0u) << text;
    EXPECT_NE(text.find("pcb.longtail.so): its context has no catalog to make the base loss 'softmax' from"),
              std::string::npos)
        << text;
  }
}

TEST_F(PcbTest, RefusesItselfAsBase) { EXPECT_THROW(make("{type: pcb, base: {type: pcb}}"), ConfigError); }

TEST_F(PcbTest, SinglePrecisionStaysFinite) {
  const auto loss = testing::make<Loss>(catalog, "{type: pcb, alpha: 1}", context);
  for (int i = 0; i < 3; ++i) {
    LossInput in = input({0, 1, 2, 3, 4}, i);
    in.logits = (in.logits * 200).to(at::kFloat).requires_grad_();
    const auto reduced = reduce(loss->forward(in), in);
    reduced[0].second.backward();
    EXPECT_TRUE(in.logits.grad().isfinite().all().item<bool>());
    EXPECT_TRUE(std::isfinite(reduced[0].second.item<double>()));
  }
}

}  // namespace
}  // namespace longtail

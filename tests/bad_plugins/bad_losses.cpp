// Losses with a mistake each, that LibTorch or a resumed run would tell of too late.
#include <longtail/loss.h>
#include <longtail/plugin.h>

#include <new>
#include <stdexcept>

namespace {

using longtail::LossInput;
using longtail::LossTerms;
using longtail::Tensor;

/// Counts its calls where no checkpoint looks.
class Counts final : public longtail::Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override {
    return {{"loss_cls", cross_entropy(input.logits, input) * (1 + 0.1 * ++calls_)}};
  }

 private:
  int calls_ = 0;
};

/// A running mean that carries the graph of all steps so far.
class KeepsGraph final : public longtail::Loss {
 public:
  explicit KeepsGraph(const longtail::LossContext& context)
      : Loss(context), mean_(register_buffer("mean", at::ones({}))) {}
  LossTerms forward(const LossInput& input) override {
    const Tensor values = cross_entropy(input.logits, input);
    if (input.labels.size(0) > 0) mean_ = mean_ * 0.9 + values.mean() * 0.1;
    return {{"loss_cls", values / mean_}};
  }

 private:
  Tensor mean_;
};

class ThrowsInForward final : public longtail::Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput&) override { throw std::runtime_error("there is no table of costs"); }
};

class ThrowsWhenMade final : public longtail::Loss {
 public:
  explicit ThrowsWhenMade(const longtail::LossContext& context) : Loss(context) {
    throw std::invalid_argument("there is no table of costs");
  }
  LossTerms forward(const LossInput&) override { return {}; }
};

class LacksMemory final : public longtail::Loss {
 public:
  explicit LacksMemory(const longtail::LossContext& context) : Loss(context) { throw std::bad_alloc(); }
  LossTerms forward(const LossInput&) override { return {}; }
};

/// One variable with two names.
class BindsTwice final : public longtail::Loss {
 public:
  struct Params {
    double gamma = 1;
    void bind(longtail::ParamBinder& p) {
      p("gamma", gamma, "Exponent");
      p("focus", gamma, "Exponent, once more");
    }
  };
  BindsTwice(const Params&, const longtail::LossContext& context) : Loss(context) {}
  LossTerms forward(const LossInput& input) override { return {{"loss_cls", cross_entropy(input.logits, input)}}; }
};

}  // namespace

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Loss, Counts>("counts", "Keeps a number in a member variable");
  reg.add<longtail::Loss, KeepsGraph>("keeps_graph", "Updates its state with gradient");
  reg.add<longtail::Loss, ThrowsInForward>("throws_in_forward", "Throws when it is called");
  reg.add<longtail::Loss, ThrowsWhenMade>("throws_when_made", "Throws when it is made");
  reg.add<longtail::Loss, LacksMemory>("lacks_memory", "Finds no memory when it is made");
  reg.add<longtail::Loss, BindsTwice>("binds_twice", "Binds one variable to two names");
}

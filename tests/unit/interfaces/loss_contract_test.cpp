#include "core/interfaces/loss_contract.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <longtail/loss.h>
#include <longtail/plugin.h>

#include "tests/support/plugins.h"

namespace longtail {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Cross entropy, spoilt by `How`: values [N] and the input in, values out.
template <class How>
class Spoilt final : public Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override {
    const Tensor values = -(input.targets() * at::log_softmax(input.logits, 1)).sum(1);
    return {{"loss_cls", How::spoil(values, input)}};
  }
};

template <class Impl>
std::vector<std::string> problems_of() {
  Registrar registrar;
  registrar.add<Loss, Impl>("spoilt", "A test");
  Catalog catalog;
  catalog.commit(registrar.take());
  return loss_problems("spoilt", catalog);
}

template <class How>
std::vector<std::string> problems() {
  return problems_of<Spoilt<How>>();
}

struct Good {
  static Tensor spoil(const Tensor& values, const LossInput&) { return values; }
};
struct Mean {
  static Tensor spoil(const Tensor& values, const LossInput&) { return values.mean(); }
};
struct Wide {
  static Tensor spoil(const Tensor&, const LossInput& input) { return input.logits; }
};
struct Cut {
  static Tensor spoil(const Tensor& values, const LossInput&) { return values.detach(); }
};
struct Undefined {
  static Tensor spoil(const Tensor& values, const LossInput&) { return values / 0; }
};
struct Squared {
  static Tensor spoil(const Tensor& values, const LossInput&) { return values * values; }
};
struct Thrower {
  static Tensor spoil(const Tensor& values, const LossInput& input) {
    if (input.labels.size(0) == 0) throw std::runtime_error("an empty batch is a surprise");
    return values;
  }
};

TEST(LossContract, AGoodLossHasNoProblems) { EXPECT_THAT(problems<Good>(), IsEmpty()); }

/// Cross entropy and a part that no target changes.
class WithPenalty final : public Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override {
    LossTerm penalty{"loss_penalty", input.logits.square().sum(1)};
    penalty.from_targets = false;
    return {{"loss_cls", cross_entropy(input.logits, input)}, penalty};
  }
};

/// A power whose slope is infinite at 0, where 1 - p ends up.
class SteepFocal final : public Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override {
    const Tensor log_p = at::log_softmax(input.logits, 1);
    return {{"loss_cls", -(input.targets() * (1 - log_p.exp()).pow(0.5) * log_p).sum(1)}};
  }
};

TEST(LossContract, SurePredictionsMustHaveAGradient) {
  EXPECT_THAT(problems_of<SteepFocal>(), Contains(HasSubstr("logits of -120 and 120: its gradient is not finite")));
}

class NarrowScores final : public Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override { return {{"loss_cls", cross_entropy(input.logits, input)}}; }
  Tensor foreground_distribution(const LossInput& input) const override {
    return input.logits.slice(1, 0, 2).softmax(1);
  }
};

class NeverMade final : public Loss {
 public:
  explicit NeverMade(const LossContext& context) : Loss(context) {
    throw std::invalid_argument("there is no table for it");
  }
  LossTerms forward(const LossInput&) override { return {}; }
};

class OnlyWithBackground final : public Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override {
    if (has_background()) throw std::logic_error("the background is a surprise");
    return {{"loss_cls", cross_entropy(input.logits, input)}};
  }
};

TEST(LossContract, PartsThatAreNotOfTheTargetsNeedNotBeLinear) { EXPECT_THAT(problems_of<WithPenalty>(), IsEmpty()); }

TEST(LossContract, MistakesAreNamed) {
  EXPECT_THAT(problems_of<NarrowScores>(),
              Contains(HasSubstr("foreground_distribution() gives the shape [4, 2] and must give [4, 3]")));
  EXPECT_THAT(problems<Mean>(),
              Contains(HasSubstr("loss 'spoilt', 4 samples: the loss's term 'loss_cls' has the shape [] and must "
                                 "have [4]: one value for each sample, neither summed nor averaged")));
  EXPECT_THAT(problems<Wide>(),
              Contains(HasSubstr("with a background, 4 samples: the loss's term 'loss_cls' has the shape [4, 4]")));
  EXPECT_THAT(problems<Cut>(), Contains(HasSubstr("4 samples: its value has no gradient")));
  EXPECT_THAT(problems<Undefined>(), Contains(HasSubstr("4 samples: its value is ")));
  EXPECT_THAT(problems<Squared>(), Contains(HasSubstr("soft targets: its value is not linear in the targets")));
  EXPECT_THAT(problems<Thrower>(), Contains(HasSubstr("no sample: an empty batch is a surprise")));
}

// A mistake shows in every batch, with and without a background: it is one line all the same.
TEST(LossContract, EachMistakeIsSaidOnce) {
  EXPECT_THAT(problems<Mean>(), SizeIs(1));
  EXPECT_THAT(problems<Wide>(), SizeIs(1));
  EXPECT_THAT(problems<Cut>(), SizeIs(1));
  EXPECT_THAT(problems<Undefined>(), SizeIs(1));
  EXPECT_THAT(problems<Squared>(), SizeIs(1));
  EXPECT_THAT(problems<Thrower>(), SizeIs(1));
  EXPECT_THAT(problems_of<NarrowScores>(), SizeIs(1));
  EXPECT_THAT(problems_of<NeverMade>(), ElementsAre("loss 'spoilt', when it is made: there is no table for it"));
  EXPECT_THAT(problems_of<OnlyWithBackground>(),
              ElementsAre("loss 'spoilt', with a background, 4 samples: the background is a surprise"));
}

TEST(LossContract, TheShippedLossesKeepIt) {
  const Catalog catalog = testing::catalog_of({"softmax", "bsce", "eql_v2", "seesaw", "pcb"});
  for (const char* name : {"softmax", "bsce", "eql_v2", "seesaw", "pcb"}) {
    EXPECT_THAT(loss_problems(name, catalog), IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace longtail

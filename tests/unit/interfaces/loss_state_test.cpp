// State that checkpoints do not carry, each kind in a small loss of its own.
#include <random>

#include <gmock/gmock.h>
#include <longtail/loss.h>
#include <longtail/plugin.h>

#include "core/interfaces/loss_contract.h"

namespace longtail {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class Impl>
std::vector<std::string> problems_of() {
  Registrar registrar;
  registrar.add<Loss, Impl>("mine", "A test");
  Catalog catalog;
  catalog.commit(registrar.take());
  return loss_problems("mine", catalog);
}

/// Cross entropy times what `State` makes of the batch.
template <class State>
class Stateful final : public Loss {
 public:
  explicit Stateful(const LossContext& context) : Loss(context), state_(*this) {}
  LossTerms forward(const LossInput& input) override {
    const Tensor values = cross_entropy(input.logits, input);
    return {{"loss_cls", values * state_.scale(values, is_training())}};
  }

 private:
  State state_;
};

Tensor mean_of(const Tensor& values) { return values.numel() > 0 ? values.mean() : at::zeros({}); }

struct InABuffer {
  explicit InABuffer(Loss& loss) : mean(loss.register_buffer("mean", at::ones({}))) {}
  Tensor scale(const Tensor& values, bool training) {
    const at::NoGradGuard no_grad;
    if (training) mean.mul_(0.9).add_(mean_of(values.detach()), 0.1);
    return mean.clone();
  }
  Tensor mean;
};

struct Counter {
  explicit Counter(Loss&) {}
  Tensor scale(const Tensor&, bool) { return at::full({}, 1 + 0.01 * ++calls); }
  int calls = 0;
};

struct OwnGenerator {
  explicit OwnGenerator(Loss&) {}
  Tensor scale(const Tensor&, bool) { return at::full({}, std::uniform_real_distribution<double>(1, 2)(generator)); }
  std::mt19937 generator{1};
};

struct LibTorchsGenerator {
  explicit LibTorchsGenerator(Loss&) {}
  Tensor scale(const Tensor&, bool training) { return training ? at::rand({}) + 0.5 : at::ones({}); }
};

/// One part of the state is in a buffer, so that every call changes it; the other is not.
struct HalfInABuffer {
  explicit HalfInABuffer(Loss& loss) : steps(loss.register_buffer("steps", at::zeros({}))) {}
  Tensor scale(const Tensor& values, bool training) {
    const at::NoGradGuard no_grad;
    if (training) {
      steps.add_(1);
      mean = mean * 0.9 + mean_of(values.detach()) * 0.1;
    }
    return mean;
  }
  Tensor steps, mean = at::ones({});
};

/// The registered tensor is the first one; from then on there is another.
struct AssignedBuffer {
  explicit AssignedBuffer(Loss& loss) : mean(loss.register_buffer("mean", at::ones({}))) {}
  Tensor scale(const Tensor& values, bool training) {
    const at::NoGradGuard no_grad;
    if (training) mean = mean * 0.9 + mean_of(values.detach()) * 0.1;
    return mean;
  }
  Tensor mean;
};

struct Twice {
  explicit Twice(Loss& loss) : mean(loss.register_buffer("mean", at::ones({}))) { loss.register_buffer("again", mean); }
  Tensor scale(const Tensor&, bool) { return mean; }
  Tensor mean;
};

struct BufferWithGradient {
  explicit BufferWithGradient(Loss& loss) : mean(loss.register_buffer("mean", at::ones({}))) {}
  Tensor scale(const Tensor& values, bool) {
    mean.mul_(0.9).add_(mean_of(values), 0.1);
    return mean.clone();
  }
  Tensor mean;
};

struct MemberWithGradient {
  explicit MemberWithGradient(Loss& loss) : mean(loss.register_buffer("mean", at::ones({}))) {}
  Tensor scale(const Tensor& values, bool) {
    mean = mean * 0.9 + mean_of(values).exp() * 0.1;
    return mean;
  }
  Tensor mean;
};

/// The value needs the buffer once more on the way back.
class ChangedInPlace final : public Loss {
 public:
  explicit ChangedInPlace(const LossContext& context) : Loss(context), mean_(register_buffer("mean", at::ones({}))) {}
  LossTerms forward(const LossInput& input) override {
    const Tensor values = cross_entropy(input.logits, input) * mean_;
    const at::NoGradGuard no_grad;
    mean_.add_(0.01);
    return {{"loss_cls", values}};
  }

 private:
  Tensor mean_;
};

TEST(LossState, InBuffersIsGood) {
  EXPECT_THAT(problems_of<Stateful<InABuffer>>(), IsEmpty());
  EXPECT_THAT(problems_of<Stateful<LibTorchsGenerator>>(), IsEmpty());
}

TEST(LossState, ValuesThatChangeBetweenEqualCallsAreFound) {
  const auto found =
      ElementsAre(AllOf(HasSubstr("loss 'mine': it keeps state outside of its buffers: of two equal calls "
                                  "the value of loss_cls differs, and no buffer has changed"),
                        HasSubstr("keep all that it learns in tensors of register_buffer()")));
  EXPECT_THAT(problems_of<Stateful<Counter>>(), found);
  EXPECT_THAT(problems_of<Stateful<OwnGenerator>>(), found);
  EXPECT_THAT(problems_of<Stateful<AssignedBuffer>>(), found);
}

TEST(LossState, ACopyReloadedFromStateThatDiffersIsFound) {
  EXPECT_THAT(
      problems_of<Stateful<HalfInABuffer>>(),
      ElementsAre(AllOf(HasSubstr("loss 'mine': it keeps state outside of its buffers: a copy with the same buffers "
                                  "and parameters, as --resume makes it, differs in the value of loss_cls"),
                        HasSubstr("keep all that it learns in tensors of register_buffer()"))));
}

TEST(LossState, ATensorThatIsRegisteredTwiceIsFound) {
  EXPECT_THAT(problems_of<Stateful<Twice>>(),
              ElementsAre(HasSubstr("loss 'mine': 'mean' and 'again' are one tensor that is registered twice")));
}

TEST(LossState, StateThatIsUpdatedWithGradientIsFound) {
  EXPECT_THAT(
      problems_of<Stateful<BufferWithGradient>>(),
      ElementsAre(HasSubstr("its buffer 'mean' is updated with gradient, so that the next step fails: work it out "
                            "under at::NoGradGuard or from detach()ed tensors")));
  EXPECT_THAT(
      problems_of<Stateful<MemberWithGradient>>(),
      ElementsAre(HasSubstr("its state is updated with gradient, so that the second step fails: work it out under "
                            "at::NoGradGuard or from detach()ed tensors, in place in a registered buffer")));
}

TEST(LossState, ATensorChangedInPlaceAfterItsUseIsFound) {
  EXPECT_THAT(problems_of<ChangedInPlace>(),
              ElementsAre(HasSubstr("it changes a tensor in place that its value was worked out from")));
}

}  // namespace
}  // namespace longtail

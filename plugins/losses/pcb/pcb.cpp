#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <longtail/class_numbers.h>
#include <longtail/error.h>
#include <longtail/loss.h>
#include <longtail/plugin.h>

#include "confusion.h"

namespace longtail {
namespace {

/// Pairwise class balance over any loss. For a positive of class y the target becomes
///
///     (1 - alpha_r) * one-hot(y) + alpha_r * M[:, y] / sum(M[:, y]),   alpha_r = alpha * r / (R - 1),
///
/// where M[i, j] is how much class i is taken for class j, a running mean over the training so far. The sample then
/// pushes up the classes that lose to y. Negatives keep the base loss. The base's soft_label_use() tells how the share
/// of the soft labels is counted.
class Pcb final : public Loss {
 public:
  struct Params {
    ComponentSpec base{"softmax"};
    double alpha = 0.4;
    double gamma = 0.99;

    void bind(ParamBinder& p) {
      p("base", base, "The loss that is balanced", component("loss"));
      p("alpha", alpha, "Share of the soft labels; 0 is the base loss with the confusion matrix kept", in(0, 1));
      p("gamma", gamma, "Momentum of the confusion matrix (0.99 in detection, 0.9999 for ImageNet-LT)",
        in_half_open(0, 1));
      p.check(base.type != "pcb", "loss 'pcb' cannot be its own base; choose another loss as base");
    }
  };

  Pcb(const Params& params, const LossContext& context);

  std::int64_t num_logits() const override { return base_->num_logits(); }
  Tensor scores(const Tensor& logits) const override { return base_->scores(logits); }
  Tensor initial_bias() const override { return base_->initial_bias(); }
  bool is_normalized() const override { return base_->is_normalized(); }
  SoftLabelUse soft_label_use() const override { return SoftLabelUse::targets; }  // of its own; nothing is put over it
  Tensor confusion_matrix() const override { return matrix_; }
  Tensor foreground_distribution(const LossInput& input) const override {
    return base_->foreground_distribution(input);
  }

  LossTerms forward(const LossInput& input) override;

 private:
  void warn_of_empty_classes(const LossContext& context) const;
  void warn_of_unseen_classes();
  void update(const LossInput& input, const BatchClasses& classes);
  double alpha_of_step(const LossInput& input) const;
  bool started();
  LossTerms with_targets(const LossInput& input, const BatchClasses& classes, double alpha);
  LossTerms with_divergence(const LossInput& input, const BatchClasses& classes, double alpha);

  std::shared_ptr<Loss> base_;
  std::shared_ptr<Collective> collective_;
  double alpha_, gamma_;
  Tensor matrix_;    // [C, C]
  Tensor seen_;      // [C] bool: has a positive of the class been seen?
  Tensor required_;  // [C] bool: classes that the training set has
  bool started_ = false;
  bool asked_ = false;  // which classes are unseen
  std::function<void(const std::string&)> warn_;
};

Pcb::Pcb(const Params& params, const LossContext& context)
    : Loss(context), collective_(context.collective), alpha_(params.alpha), gamma_(params.gamma), warn_(context.warn) {
  if (context.catalog == nullptr) {
    throw PluginError("its context has no catalog to make the base loss '" + params.base.type +
                      "' from; set LossContext::catalog");
  }
  base_ = register_module("base", context.catalog->make<Loss>(params.base, context));
  const std::int64_t count = num_classes();
  matrix_ = register_buffer("confusion_matrix", at::zeros({count, count}, context.device));
  seen_ = register_buffer("seen", at::zeros({count}, at::TensorOptions(context.device).dtype(at::kBool)));
  required_ = at::ones({count}, seen_.options());
  if (static_cast<std::int64_t>(context.instance_counts.size()) == count) {
    required_ = at::tensor(context.instance_counts, at::kLong).gt(0).to(context.device);
    warn_of_empty_classes(context);
  }
}

void Pcb::warn_of_empty_classes(const LossContext& context) const {
  const std::vector<std::int64_t> empty = empty_classes(context.instance_counts);
  if (empty.empty() || !context.warn) return;
  context.warn("loss 'pcb': " + std::to_string(empty.size()) + " of " + std::to_string(num_classes()) +
               " classes have no training instances (" + class_numbers(empty) +
               "); it starts when all the others have been seen");
}

double Pcb::alpha_of_step(const LossInput& input) const {
  return input.num_steps > 1 ? alpha_ * input.step / (input.num_steps - 1) : alpha_;
}

LossTerms Pcb::forward(const LossInput& input) {
  check_input(input);
  const BatchClasses classes(input.labels, num_classes());
  if (is_training()) {
    warn_of_unseen_classes();
    update(input, classes);
  }
  const double alpha = alpha_of_step(input);
  if (alpha == 0 || classes.num_foreground == 0 || !started()) return (*base_)(input);
  return base_->soft_label_use() == SoftLabelUse::divergence ? with_divergence(input, classes, alpha)
                                                             : with_targets(input, classes, alpha);
}

/// Nothing is unseen again, so the device is asked until the answer is yes.
bool Pcb::started() {
  if (!started_) started_ = (seen_.to(at::kBool) | ~required_.to(seen_.device())).all().item<bool>();
  return started_;
}

/// At the first step: what an earlier phase has not shown may never come, and PCB would never start without a word.
void Pcb::warn_of_unseen_classes() {
  if (std::exchange(asked_, true) || alpha_ == 0 || !warn_ || started() || !seen_.any().item<bool>()) return;
  const auto unseen = (required_.to(seen_.device()) & ~seen_.to(at::kBool)).sum().item<std::int64_t>();
  warn_("loss 'pcb': " + std::to_string(unseen) + " of " + std::to_string(num_classes()) +
        " classes have not been trained on so far; it starts when they have been");
}

void Pcb::update(const LossInput& input, const BatchClasses& classes) {
  const at::NoGradGuard no_grad;
  const auto add = [&](const LossInput& positives, const Tensor& index) {
    ConfusionMatrix(matrix_, seen_)
        .update(base_->foreground_distribution(positives), index, classes, gamma_, is_normalized(), *collective_);
  };
  if (!classes.positives.defined()) return add(input, classes.positive_index);
  const Tensor& rows = classes.positives;
  add(LossInput(input.logits.index_select(0, rows), input.labels.index_select(0, rows), input.num_targets()),
      classes.positive_index);
}

/// [N], 1 - alpha for a positive and 1 for a negative: what remains of the hard label.
Tensor hard_share(const LossInput& input, std::int64_t num_classes, double alpha) {
  return input.labels.lt(num_classes).to(input.logits.scalar_type()).mul_(-alpha).add_(1);
}

/// The positives' rows of `soft` [K, num_targets], and `hard` [N] at each sample's label.
MixedTargets mixed_targets(const LossInput& input, const BatchClasses& classes, const Tensor& soft, Tensor hard) {
  return {std::move(hard), classes.positives, classes.positive_index, soft.to(input.logits.scalar_type())};
}

LossTerms Pcb::with_targets(const LossInput& input, const BatchClasses& classes, double alpha) {
  LossInput mixed = input;
  {
    const at::NoGradGuard no_grad;
    const SoftLabelOptions options{input.num_targets(), is_normalized(), alpha, /*with_entropy=*/false};
    const Tensor soft = ConfusionMatrix(matrix_, seen_).soft_labels(classes, options).labels;
    mixed.set_targets(mixed_targets(input, classes, soft, hard_share(input, num_classes(), alpha)));
  }
  return (*base_)(mixed);
}

/// The base loss is linear in its targets, so weights and divisors are folded into them and one call does for both
/// parts.
LossTerms Pcb::with_divergence(const LossInput& input, const BatchClasses& classes, double alpha) {
  // reduce() divides everything by avg_factor; the soft labels' share is to be divided by N.
  const auto count = static_cast<double>(input.labels.size(0));
  const double soft_share = input.avg_factor > 0 ? alpha * input.avg_factor / count : alpha;
  LossInput folded = input;
  folded.weights = Tensor();
  Tensor entropy;  // [N], of the soft labels' share
  {
    const at::NoGradGuard no_grad;
    const SoftLabelOptions options{input.num_targets(), is_normalized(), soft_share};
    const SoftLabels soft = ConfusionMatrix(matrix_, seen_).soft_labels(classes, options);
    entropy = soft.entropy.index_select(0, classes.index).mul_(soft_share);
    Tensor hard = hard_share(input, num_classes(), alpha);
    if (input.weights.defined()) hard.mul_(input.weights);
    folded.set_targets(mixed_targets(input, classes, soft.labels, hard));
  }
  LossTerms terms = (*base_)(folded);
  for (LossTerm& term : terms) {
    if (!term.from_targets) continue;
    term.weighted = true;
    if (entropy.defined()) term.values = term.values - std::exchange(entropy, Tensor());
  }
  return terms;
}

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Loss, longtail::Pcb>(
      "pcb",
      "Pairwise class balance over any loss: soft labels from a running confusion matrix\n"
      "Buffers: `confusion_matrix` [C, C], row = ground truth; `seen` [C], whether the class had a positive; those of "
      "the "
      "base loss below `base.`.");
}

#include <memory>

#include <longtail/loss.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Seesaw loss: cross entropy over the classes, where a sample of class y sees the other logits as z_j + log(m c),
///
///     mitigation   m = (N_j / N_y)^p  where N_j < N_y, else 1   (N: samples of a class so far),
///     compensation c = (s_j / s_y)^q  where s_j > s_y, else 1   (s: softmax, without gradient).
///
/// In detection the classifier has two more logits, foreground and background, with a cross entropy of their own over
/// all samples; the class term is that of the positives.
class Seesaw final : public Loss {
 public:
  struct Params {
    double p = 0.8;
    double q = 2;

    void bind(ParamBinder& binder) {
      binder("p", p, "Exponent of the mitigation; 0 turns it off", at_least(0));
      binder("q", q, "Exponent of the compensation; 0 turns it off", at_least(0));
    }
  };

  Seesaw(const Params& params, const LossContext& context)
      : Loss(context), p_(params.p), q_(params.q), collective_(context.collective) {
    counts_ = register_buffer("counts", at::zeros({num_classes()}, at::TensorOptions(context.device).dtype(at::kLong)));
  }

  std::int64_t num_logits() const override { return num_classes() + (has_background() ? 2 : 0); }

  LossTerms forward(const LossInput& input) override {
    check_input(input);
    const Tensor positives = input.labels.lt(num_classes()).nonzero().view(-1);
    const Tensor labels = input.labels.index_select(0, positives);
    if (is_training()) count(labels);
    const Tensor logits = input.logits.slice(1, 0, num_classes()).index_select(0, positives);
    LossInput classes(logits + log_weights(logits, labels).to(logits.scalar_type()), labels, num_classes());
    if (input.soft()) classes.set_targets(input.targets().slice(1, 0, num_classes()).index_select(0, positives));
    const Tensor values = cross_entropy(classes.logits, classes);
    LossTerms terms = {
        {"loss_cls_classes", at::zeros_like(input.logits.select(1, 0)).index_copy(0, positives, values)}};
    if (!has_background()) return terms;
    LossTerm objectness;
    objectness.name = "loss_cls_objectness";
    const Tensor is_background = input.labels.ge(num_classes()).to(at::kLong);
    objectness.values =
        at::cross_entropy_loss(input.logits.slice(1, num_classes()), is_background, {}, at::Reduction::None);
    objectness.from_targets = false;
    terms.push_back(objectness);
    return terms;
  }

  SoftLabelUse soft_label_use() const override { return SoftLabelUse::targets; }

  Tensor scores(const Tensor& logits) const override {
    check_logits(logits);
    const Tensor classes = at::softmax(logits.slice(1, 0, num_classes()), 1);
    if (!has_background()) return classes;
    const Tensor objectness = at::softmax(logits.slice(1, num_classes()), 1);
    return at::cat({classes * objectness.slice(1, 0, 1), objectness.slice(1, 1)}, 1);
  }

 private:
  void count(const Tensor& labels) {
    Tensor counts = at::bincount(labels, {}, num_classes());
    collective_->all_reduce_sum(counts);
    counts_.add_(counts);
  }

  /// log(m c) for each positive and class, [P, C]; 0 at the sample's own class.
  Tensor log_weights(const Tensor& logits, const Tensor& labels) const {
    const at::NoGradGuard no_grad;
    const Tensor own = labels.unsqueeze(1);
    const Tensor log_counts = counts_.clamp_min(1).to(at::kDouble).log();
    Tensor weights = (log_counts.unsqueeze(0) - log_counts.index_select(0, labels).unsqueeze(1)).clamp_max(0).mul_(p_);
    if (q_ > 0) {
      const Tensor scores = at::softmax(logits.detach(), 1);
      const Tensor ratio = scores / scores.gather(1, own).clamp_min(0.01);
      weights = weights.to(ratio.scalar_type()).add_(ratio.clamp_min(1).log_(), q_);
    }
    return weights.scatter_(1, own, 0.0);
  }

  double p_, q_;
  std::shared_ptr<Collective> collective_;
  Tensor counts_;  // [C] samples of each class so far
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Loss, longtail::Seesaw>("seesaw",
                                            "Seesaw loss (Wang et al., CVPR 2021)\n"
                                            "Buffers: `counts` [C], the samples of each class so far.");
}

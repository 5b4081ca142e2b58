#include <cmath>
#include <memory>

#include <longtail/loss.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Equalization loss v2: a sigmoid for each class (and the background), whose positive and negative gradients are
/// weighted by the ratio g_j of what both have summed up to so far,
///
///     negative weight f(g_j) = 1 / (1 + exp(-gamma (g_j - mu))),   positive weight 1 + alpha (1 - f(g_j)).
///
/// Background weights are 1. Soft targets t enter as w = t * positive + (1 - t) * negative, so that the loss is not
/// linear in them. The gradient's magnitude is w |p - t|: w t |p - t| is summed as positive, w (1 - t) |p - t| as
/// negative. The sum over the classes is divided by N; sample weights and avg_factor are not used.
class EqlV2 final : public Loss {
 public:
  struct Params {
    double gamma = 12;
    double mu = 0.8;
    double alpha = 4;
    double prior = 0.001;

    void bind(ParamBinder& p) {
      p("gamma", gamma, "Steepness of the map from gradient ratio to weight", greater_than(0));
      p("mu", mu, "Gradient ratio with negative weight 0.5", in(0, 10));
      p("alpha", alpha, "How much positives of disadvantaged classes gain", at_least(0));
      p("prior", prior, "Probability that every class starts with", in(1e-6, 0.5));
    }
  };

  EqlV2(const Params& params, const LossContext& context)
      : Loss(context), params_(params), collective_(context.collective), device_(context.device) {
    positive_ = register_buffer("positive_gradients", at::zeros({num_classes()}, context.device));
    negative_ = register_buffer("negative_gradients", at::zeros({num_classes()}, context.device));
    started_ = register_buffer("started", at::zeros({}, at::TensorOptions(context.device).dtype(at::kBool)));
  }

  LossTerms forward(const LossInput& input) override {
    check_input(input);
    const Tensor& targets = input.targets();
    const Tensor weights = weights_of(targets);
    if (is_training()) collect(input.logits, targets, weights);
    Tensor values =
        at::binary_cross_entropy_with_logits(input.logits, targets, weights, {}, at::Reduction::None).sum(1);
    if (input.avg_factor > 0 && input.labels.size(0) > 0) {
      values = values * (input.avg_factor / static_cast<double>(input.labels.size(0)));  // reduce() divides by it
    }
    LossTerm term{"loss_cls", values};
    term.weighted = true;
    return {term};
  }

  Tensor scores(const Tensor& logits) const override {
    check_logits(logits);
    const Tensor probabilities = logits.sigmoid();
    if (!has_background()) return probabilities;
    const Tensor background = probabilities.slice(1, num_classes());
    return at::cat({probabilities.slice(1, 0, num_classes()) * (1 - background), background}, 1);
  }

  Tensor foreground_distribution(const LossInput& input) const override {
    check_logits(input.logits);
    return input.logits.detach().slice(1, 0, num_classes()).sigmoid();
  }

  bool is_normalized() const override { return false; }

  Tensor initial_bias() const override {
    return at::full({num_logits()}, -std::log((1 - params_.prior) / params_.prior), device_);
  }

 private:
  /// [N, C (+ 1)].
  Tensor weights_of(const Tensor& targets) const {
    const at::NoGradGuard no_grad;
    if (!started_.item<bool>()) return at::ones_like(targets);
    const Tensor ratio = positive_ / (negative_ + 1e-10);
    Tensor negative = ((ratio - params_.mu) * params_.gamma).sigmoid().to(targets.scalar_type());
    if (has_background()) negative = at::cat({negative, at::ones({1}, negative.options())});
    const Tensor positive = 1 + params_.alpha * (1 - negative);
    return targets * positive + (1 - targets) * negative;
  }

  void collect(const Tensor& logits, const Tensor& targets, const Tensor& weights) {
    const at::NoGradGuard no_grad;
    const Tensor p = logits.detach().sigmoid();
    const Tensor gradient = (p - targets).abs() * weights;
    Tensor sums = at::stack({(gradient * targets).sum(0), (gradient * (1 - targets)).sum(0)});
    sums = sums.slice(1, 0, num_classes()).to(positive_.scalar_type()).contiguous();
    collective_->all_reduce_sum(sums);
    positive_.add_(sums[0]);
    negative_.add_(sums[1]);
    started_.fill_(true);
  }

  Params params_;
  std::shared_ptr<Collective> collective_;
  at::Device device_;
  Tensor positive_, negative_;  // [C], magnitudes summed over the training so far
  Tensor started_;              // bool: the first call has been made
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Loss, longtail::EqlV2>("eql_v2",
                                           "Equalization loss v2 (Tan et al., CVPR 2021)\n"
                                           "Buffers: `positive_gradients` [C] and `negative_gradients` [C], the "
                                           "magnitudes summed so far; `started`, whether "
                                           "there was a first step.");
}

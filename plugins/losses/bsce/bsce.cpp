#include <longtail/error.h>
#include <longtail/loss.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Cross entropy on z_j + log n_j at training, with n_j the training instances of class j, and on z itself otherwise.
/// The background's logit is left alone. A class without instances counts as one with a single instance: with log 0
/// a soft target of it would make the loss infinite or, at a share of 0, no number.
class BalancedSoftmax final : public Loss {
 public:
  explicit BalancedSoftmax(const LossContext& context) : Loss(context) {
    has_counts_ = !context.instance_counts.empty();
    const Tensor counts = has_counts_ ? at::tensor(context.instance_counts, at::kDouble).clamp_min(1)
                                      : at::ones({num_classes()}, at::kDouble);
    const Tensor prior = at::constant_pad_nd(counts.log(), {0, num_logits() - num_classes()});
    log_prior_ = register_buffer("log_prior", prior.to(context.device));
  }

  LossTerms forward(const LossInput& input) override {
    check_input(input);
    if (is_training() && !has_counts_) {
      throw ConfigError("loss 'bsce' needs the number of training instances of each class, and the data gives none");
    }
    const Tensor logits = is_training() ? input.logits + log_prior_.to(input.logits.scalar_type()) : input.logits;
    return {{"loss_cls", cross_entropy(logits, input)}};
  }

 private:
  Tensor log_prior_;  // [num_logits], float64
  bool has_counts_;   // false where only evaluation is configured
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Loss, longtail::BalancedSoftmax>(
      "bsce",
      "Balanced softmax cross entropy (Ren et al., NeurIPS 2020): the class prior is added to the logits\n"
      "A class without training instances counts as one with a single instance: with the log of 0 its logit would be "
      "minus infinity, and a soft target of it, as below PCB, would make the loss infinite or, at a share of 0, no "
      "number.\n"
      "Buffers: `log_prior` [num_logits], the log of the counts.");
}

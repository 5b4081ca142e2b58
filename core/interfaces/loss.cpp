#include <longtail/loss.h>

namespace longtail {

LossInput::LossInput(Tensor logits_, Tensor labels_, std::int64_t num_targets)
    : logits(std::move(logits_)), labels(std::move(labels_)), num_targets_(num_targets) {}

const Tensor& LossInput::targets() const {
  if (!targets_.defined()) {
    targets_ = at::zeros({labels.size(0), num_targets_}, logits.options());
    targets_.scatter_(1, labels.unsqueeze(1), 1.0);
  }
  return targets_;
}

Loss::Loss(const LossContext& context) : num_classes_(context.num_classes), has_background_(context.has_background) {}
Loss::~Loss() = default;

Tensor Loss::scores(const Tensor& logits) const { return at::softmax(logits, 1); }

Tensor Loss::foreground_distribution(const Tensor& logits) const {
  return at::softmax(logits.slice(1, 0, num_classes_), 1);
}

Tensor cross_entropy(const Tensor& logits, const LossInput& input) {
  if (!input.soft()) return at::cross_entropy_loss(logits, input.labels, {}, at::Reduction::None);
  // A dot product a row, without a temporary of the size of the logits.
  const Tensor log_p = at::log_softmax(logits, 1);
  return -at::bmm(input.targets().unsqueeze(1), log_p.unsqueeze(2)).flatten();
}

std::vector<std::pair<std::string, Tensor>> reduce(const LossTerms& terms, const LossInput& input) {
  const double count = static_cast<double>(input.labels.size(0));
  const double divisor = input.avg_factor > 0 ? input.avg_factor : (count > 0 ? count : 1.0);
  std::vector<std::pair<std::string, Tensor>> reduced;
  for (const LossTerm& term : terms) {
    const bool weigh = input.weights.defined() && !term.weighted;
    reduced.emplace_back(term.name, (weigh ? term.values * input.weights : term.values).sum() / divisor);
  }
  return reduced;
}

}  // namespace longtail

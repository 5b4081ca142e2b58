#include <longtail/loss.h>

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include "core/interfaces/mixed_cross_entropy.h"

namespace longtail {

namespace {

Tensor matrix_of(const MixedTargets& targets, const Tensor& labels) {
  Tensor matrix = targets.soft.index_select(0, targets.index);
  if (targets.rows.defined()) {
    const Tensor chosen = matrix;
    matrix = at::zeros({labels.size(0), chosen.size(1)}, chosen.options()).index_put_({targets.rows}, chosen);
  }
  return matrix.scatter_add_(1, labels.unsqueeze(1), targets.hard.unsqueeze(1));
}

}  // namespace

const Tensor& LossInput::targets() const {
  if (targets_.defined()) return targets_;
  if (const MixedTargets* mixed = mixed_targets()) {
    targets_ = matrix_of(*mixed, labels);
  } else {
    targets_ = at::zeros({labels.size(0), num_targets_}, logits.options());
    targets_.scatter_(1, labels.unsqueeze(1), 1.0);
  }
  return targets_;
}

const Tensor& LossInput::probabilities() const {
  if (!probabilities_.defined() || !probabilities_of_.is_same(logits)) {
    probabilities_ = at::softmax(logits.detach(), 1);
    probabilities_of_ = logits;
  }
  return probabilities_;
}

Loss::~Loss() = default;

Tensor Loss::scores(const Tensor& logits) const {
  check_logits(logits);
  return at::softmax(logits, 1);
}

Tensor Loss::foreground_distribution(const LossInput& input) const {
  check_logits(input.logits);
  if (input.logits.size(1) == num_classes_) return input.probabilities();
  return at::softmax(input.logits.detach().slice(1, 0, num_classes_), 1);
}

Tensor cross_entropy(const Tensor& logits, const LossInput& input) {
  if (logits.dim() != 2 || logits.size(1) != input.num_targets()) {
    throw PluginError(fmt::format("cross_entropy() was given logits of the shape [{}] for {} targets a sample",
                                  fmt::join(logits.sizes(), ", "), input.num_targets()));
  }
  if (!input.soft()) return at::cross_entropy_loss(logits, input.labels, {}, at::Reduction::None);
  if (const MixedTargets* mixed = input.mixed_targets()) return mixed_cross_entropy(logits, input.labels, *mixed);
  // All of them soft: the labels, which need not be among the logits' classes, have no share.
  const std::int64_t count = logits.size(0);
  const Tensor no_label = at::zeros({count}, input.labels.options()), each = at::arange(count, input.labels.options());
  return mixed_cross_entropy(logits, no_label, {at::zeros({count}, logits.options()), {}, each, input.targets()});
}

std::vector<std::pair<std::string, Tensor>> reduce(const LossTerms& terms, const LossInput& input) {
  const double count = static_cast<double>(input.labels.size(0));
  check_terms(terms, input);
  const double divisor = input.avg_factor > 0 ? input.avg_factor : (count > 0 ? count : 1.0);
  std::vector<std::pair<std::string, Tensor>> reduced;
  for (const LossTerm& term : terms) {
    const bool weigh = input.weights.defined() && !term.weighted;
    reduced.emplace_back(term.name, (weigh ? term.values * input.weights : term.values).sum() / divisor);
  }
  return reduced;
}

}  // namespace longtail

#include "core/models/step_losses.h"

#include <fmt/format.h>

namespace longtail {

std::vector<std::pair<std::string, Tensor>> step_losses(Loss& loss, const std::vector<ParadigmStep>& steps,
                                                        const Tensor& labels, std::int64_t num_targets,
                                                        Tensor* values) {
  std::vector<std::pair<std::string, Tensor>> losses;
  if (steps.empty()) return losses;
  if (values != nullptr) *values = at::zeros({labels.size(0)}, steps.front().output.logits.options());
  const LossInput first(steps.front().output.logits, labels, num_targets);  // looks at the labels, once for all steps
  for (std::size_t r = 0; r < steps.size(); ++r) {
    LossInput input = first;
    input.logits = steps[r].output.logits;
    input.step = static_cast<int>(r);
    input.num_steps = static_cast<int>(steps.size());
    const LossTerms terms = loss(input);
    const std::string suffix = steps.size() > 1 ? fmt::format("_{}", r + 1) : "";
    for (const auto& [name, value] : reduce(terms, input)) {
      losses.emplace_back(name + suffix, value * steps[r].classification_weight);
    }
    if (values == nullptr) continue;
    for (const LossTerm& term : terms) *values = *values + term.values.detach();
  }
  return losses;
}

}  // namespace longtail

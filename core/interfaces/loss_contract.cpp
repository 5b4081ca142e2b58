#include "core/interfaces/loss_contract.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/loss.h>

#include "core/system/torch_error.h"

namespace longtail {
namespace {

constexpr std::int64_t kClasses = 3;

/// Some batch: the same numbers each time.
LossInput batch(const Loss& loss, std::int64_t count) {
  const std::int64_t targets = kClasses + (loss.has_background() ? 1 : 0);
  const Tensor logits =
      at::arange(count * loss.num_logits(), at::kDouble).mul(1.7).sin().view({count, loss.num_logits()});
  return {logits.to(at::kFloat).requires_grad_(), at::arange(count, at::kLong).remainder(targets), targets};
}

/// Samples that the network is wholly sure of, rightly and wrongly: probabilities that are exactly 0 and 1.
LossInput certain_batch(const Loss& loss) {
  const Tensor side = at::eye(kClasses, loss.num_logits(), at::kFloat) * 240 - 120;
  const Tensor labels = at::arange(kClasses, at::kLong);
  const std::int64_t targets = kClasses + (loss.has_background() ? 1 : 0);
  return {at::cat({side, side}).requires_grad_(), at::cat({labels, labels.flip(0)}), targets};
}

Tensor sum_of(const LossTerms& terms, const LossInput& input) {
  Tensor sum;
  for (const auto& named : reduce(terms, input)) sum = sum.defined() ? sum + named.second : named.second;
  return sum;
}

std::string problem_of_step(Loss& loss, const LossInput& input) {
  const Tensor value = sum_of(loss.forward(input), input);
  if (!value.defined()) return "it gives no term";
  if (!value.isfinite().item<bool>()) return fmt::format("its value is {}", value.item<double>());
  if (!value.requires_grad()) return "its value has no gradient";
  value.backward();
  const Tensor gradient = input.logits.grad();
  if (!gradient.defined()) return "its value does not depend on the logits";
  if (!gradient.isfinite().all().item<bool>()) return "its gradient is not finite";
  return "";
}

std::string problem_of_soft_targets(Loss& loss) {
  LossInput input = batch(loss, 4);
  const Tensor hard = input.targets().clone();
  input.set_targets(hard * 0.7 + 0.1);
  if (std::string problem = problem_of_step(loss, input); !problem.empty()) return problem;
  loss.eval();
  const at::NoGradGuard no_grad;
  const auto with = [&](const Tensor& targets) {  // of the parts that targets are to change
    input.set_targets(targets);
    LossTerms terms = loss.forward(input);
    terms.erase(std::remove_if(terms.begin(), terms.end(), [](const LossTerm& term) { return !term.from_targets; }),
                terms.end());
    return terms.empty() ? at::zeros({}) : sum_of(terms, input);
  };
  const Tensor one = with(hard), other = with(hard * 0.5 + 0.2), both = with(hard * 1.5 + 0.2);
  loss.train();
  const bool linear = at::allclose(one + other, both, 1e-3, 1e-4);
  if (loss.soft_label_use() != SoftLabelUse::divergence || linear) return "";
  return "its value is not linear in the targets, which PCB needs: override soft_label_use() to give `targets`, or "
         "write it as a sum over the classes of target x something";
}

std::string problem_of_scores(const Loss& loss) {
  const at::NoGradGuard no_grad;
  const LossInput input = batch(loss, 4);
  const auto problem = [](const char* what, const Tensor& given, std::vector<std::int64_t> wanted) -> std::string {
    if (given.sizes() != at::IntArrayRef(wanted)) {
      return fmt::format("{}() gives the shape [{}] and must give [{}]", what, fmt::join(given.sizes(), ", "),
                         fmt::join(wanted, ", "));
    }
    return given.isfinite().all().item<bool>() ? "" : fmt::format("{}() gives values that are not finite", what);
  };
  std::string found = problem("scores", loss.scores(input.logits), {4, input.num_targets()});
  if (found.empty()) found = problem("foreground_distribution", loss.foreground_distribution(input), {4, kClasses});
  const Tensor bias = loss.initial_bias();
  return found.empty() && bias.defined() ? problem("initial_bias", bias, {loss.num_logits()}) : found;
}

/// Tells what `what` throws beside what it returns.
template <class What>
std::string told(const What& what) {
  try {
    return what();
  } catch (const c10::Error& error) {
    return message_of(error);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

std::vector<std::string> loss_problems(const std::string& name, const Catalog& catalog) {
  std::vector<std::string> problems;
  for (const bool background : {false, true}) {
    LossContext context;
    context.catalog = &catalog;
    context.num_classes = kClasses;
    context.has_background = background;
    context.instance_counts = context.image_counts = {9, 3, 1};
    std::shared_ptr<Loss> loss;
    const auto note = [&](const char* where, const std::string& problem) {
      if (problem.empty()) return;
      problems.push_back(
          fmt::format("loss '{}'{}{}: {}", name, background ? ", with a background" : "", where, problem));
    };
    const std::string refusal = told([&] {
      loss = catalog.make<Loss>(ComponentSpec{name, Node::map()}, context);
      return std::string();
    });
    note(", when it is made", refusal);
    if (!loss) continue;
    note(", 4 samples", told([&] { return problem_of_step(*loss, batch(*loss, 4)); }));
    note(", logits of -120 and 120", told([&] { return problem_of_step(*loss, certain_batch(*loss)); }));
    note(", no sample", told([&] { return problem_of_step(*loss, batch(*loss, 0)); }));
    note(", soft targets", told([&] { return problem_of_soft_targets(*loss); }));
    note("", told([&] { return problem_of_scores(*loss); }));
  }
  return problems;
}

}  // namespace longtail

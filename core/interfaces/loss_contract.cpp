#include "core/interfaces/loss_contract.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/loss.h>

#include "core/interfaces/loss_state.h"
#include "core/system/torch_error.h"
#include "registry/plugin/origin.h"

namespace longtail {
namespace {

constexpr std::int64_t kClasses = 3;

/// Some batch: the same numbers each time for the same `variant`.
LossInput batch(const Loss& loss, std::int64_t count, int variant = 0) {
  const Tensor phases = at::arange(count * loss.num_logits(), at::kDouble).mul(1.7).add(0.9 * variant);
  return {phases.sin().view({count, loss.num_logits()}).to(at::kFloat).requires_grad_(),
          at::arange(variant, variant + count, at::kLong).remainder(loss.num_targets()), loss.num_targets()};
}

/// Samples that the network is wholly sure of, rightly and wrongly: probabilities that are exactly 0 and 1.
LossInput certain_batch(const Loss& loss) {
  const Tensor side = at::eye(kClasses, loss.num_logits(), at::kFloat) * 240 - 120;
  const Tensor labels = at::arange(kClasses, at::kLong);
  return {at::cat({side, side}).requires_grad_(), at::cat({labels, labels.flip(0)}), loss.num_targets()};
}

Tensor sum_of(const LossTerms& terms, const LossInput& input) {
  Tensor sum;
  for (const auto& named : reduce(terms, input)) sum = sum.defined() ? sum + named.second : named.second;
  return sum;
}

std::string problem_of_step(Loss& loss, const LossInput& input) {
  if (std::string problem = problem_of_gradients_in_state(loss); !problem.empty()) return problem;
  const Tensor value = sum_of(loss(input), input);
  if (!value.defined()) return "it gives no term";
  if (!value.isfinite().item<bool>()) return fmt::format("its value is not finite, but {}", value.item<double>());
  if (!value.requires_grad()) return "its value has no gradient";
  value.backward();
  if (std::string problem = problem_of_gradients_in_state(loss); !problem.empty()) return problem;
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
    LossTerms terms = loss(input);
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

/// One mistake, and where it was met first.
struct Problem {
  std::string where;  // ", 4 samples"
  std::string what;

  /// Alike for the same mistake in batches of other sizes and with other numbers.
  std::string kind() const {
    std::string text = what.substr(0, what.find(", but "));
    text.erase(std::remove_if(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; }),
               text.end());
    return text;
  }
};
using Problems = std::vector<Problem>;

Problems::const_iterator find(const Problems& problems, const Problem& problem) {
  return std::find_if(problems.begin(), problems.end(),
                      [kind = problem.kind()](const Problem& other) { return other.kind() == kind; });
}

/// `text` without the name at its start, which the reader is told once in a line.
std::string without_name(const std::string& text, const std::string& origin) {
  if (text.compare(0, origin.size(), origin) != 0) return text;
  return text.substr(std::min(text.size(), origin.size() + (text.compare(origin.size(), 2, ": ") == 0 ? 2 : 1)));
}

/// The problems of a loss that `make` makes, each mistake once.
Problems problems_of(const std::function<std::shared_ptr<Loss>()>& make, const std::string& origin) {
  Problems problems;
  std::shared_ptr<Loss> loss;
  const auto note = [&](const char* where, const std::string& what) {
    const Problem problem{where, explained(without_name(what, origin))};
    if (!what.empty() && find(problems, problem) == problems.end()) problems.push_back(problem);
  };
  const auto refusal = told([&] {
    loss = make();
    return std::string();
  });
  note(", when it is made", refusal);
  if (!loss) return problems;
  note(", 4 samples", told([&] { return problem_of_step(*loss, batch(*loss, 4)); }));
  note(", logits of -120 and 120", told([&] { return problem_of_step(*loss, certain_batch(*loss)); }));
  note(", no sample", told([&] { return problem_of_step(*loss, batch(*loss, 0)); }));
  // What is wrong with a step would be met in all that follows.
  const std::string of_state = !problems.empty() ? "" : told([&] {
    return problem_of_state(make, [](const Loss& of, int number) { return batch(of, 4 + number % 3, number); });
  });
  note("", of_state);
  // Values that change by themselves are not linear in anything.
  if (of_state.empty()) note(", soft targets", told([&] { return problem_of_soft_targets(*loss); }));
  note("", told([&] { return problem_of_scores(*loss); }));
  return problems;
}

}  // namespace

std::vector<std::string> loss_problems(const std::string& name, const Catalog& catalog) {
  const ComponentEntry* entry = catalog.find(Loss::kind, name);
  const std::string origin = entry == nullptr ? fmt::format("loss '{}'", name) : origin_of(*entry);
  const auto of = [&](bool background) {
    LossContext context;
    context.catalog = &catalog;
    context.num_classes = kClasses;
    context.has_background = background;
    context.instance_counts = context.image_counts = {9, 3, 1};
    return problems_of([&, context] { return catalog.make<Loss>(ComponentSpec{name, Node::map()}, context); }, origin);
  };
  const Problems plain = of(false), detection = of(true);
  std::vector<std::string> lines;
  const auto tell = [&](const char* kind, const Problem& problem) {
    lines.push_back(fmt::format("{}{}{}: {}", origin, kind, problem.where, problem.what));
  };
  for (const Problem& problem : plain) {
    const auto same = find(detection, problem);
    if (same == detection.end()) tell(", without a background", problem);
    if (same != detection.end() && same->what == problem.what) tell("", problem);
  }
  for (const Problem& problem : detection) {
    const auto same = find(plain, problem);
    if (same == plain.end() || same->what != problem.what) tell(", with a background", problem);
  }
  return lines;
}

}  // namespace longtail

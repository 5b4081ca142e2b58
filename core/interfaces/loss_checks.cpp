// What a loss may rely on, and what is relied on of a loss: shapes, classes, who is to blame.
#include <longtail/loss.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

#include "core/system/torch_error.h"
#include "registry/plugin/origin.h"

namespace longtail {
namespace {

std::string shape_of(const Tensor& tensor) {
  return tensor.defined() ? fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")) : "(undefined)";
}

bool has_shape(const Tensor& tensor, const std::vector<std::int64_t>& shape) {
  return tensor.defined() && tensor.sizes() == at::IntArrayRef(shape);
}

/// The smallest and largest of some labels. A device is waited for once.
std::pair<std::int64_t, std::int64_t> extremes(const Tensor& labels) {
  const Tensor here = labels.is_cpu() ? labels.contiguous() : at::stack({labels.min(), labels.max()}).cpu();
  const auto* begin = here.data_ptr<std::int64_t>();
  const auto [least, most] = std::minmax_element(begin, begin + here.numel());
  return {*least, *most};
}

/// Looked at once for each batch, wherever the labels come from: other numbers would be read as classes that there are
/// not, or, as -100 by LibTorch, be left out without a word.
void check_labels(const Tensor& labels, std::int64_t num_targets) {
  if (labels.numel() == 0) return;
  const auto [least, most] = extremes(labels);
  if (least >= 0 && most < num_targets) return;
  throw DataError(
      fmt::format("the label {} is not in [0, {}): labels count the classes from 0, and the background, where "
                  "there is one, comes after them",
                  least < 0 ? least : most, num_targets));
}

void check_counts(const char* what, const std::vector<std::int64_t>& counts, std::int64_t num_classes) {
  if (counts.empty()) return;
  if (static_cast<std::int64_t>(counts.size()) != num_classes) {
    throw PluginError(fmt::format("the context has {} {} for {} classes; give one for each, or none", counts.size(),
                                  what, num_classes));
  }
  if (*std::min_element(counts.begin(), counts.end()) < 0) {
    throw PluginError(fmt::format("the context has negative {}", what));
  }
}

}  // namespace

LossInput::LossInput(Tensor logits_, Tensor labels_, std::int64_t num_targets)
    : logits(std::move(logits_)), labels(std::move(labels_)), num_targets_(num_targets) {
  const bool fits = logits.defined() && logits.dim() == 2 && has_shape(labels, {logits.size(0)});
  if (!fits || labels.scalar_type() != at::kLong) {
    throw PluginError(
        fmt::format("a batch of N samples has logits [N, num_logits] and labels [N] of the type int64, not "
                    "{} and {}{}",
                    shape_of(logits), shape_of(labels),
                    fits ? fmt::format(" of the type {}", c10::toString(labels.scalar_type())) : ""));
  }
  check_labels(labels, num_targets_);
}

void LossInput::set_targets(Tensor targets) {
  if (!has_shape(targets, {labels.size(0), num_targets_})) {
    throw PluginError(
        fmt::format("soft targets of the shape {} were set where [{}, {}] is needed: one for each sample and "
                    "each class, and for the background where there is one",
                    shape_of(targets), labels.size(0), num_targets_));
  }
  targets_ = std::move(targets);
  mixed_ = MixedTargets();
  soft_ = true;
}

void LossInput::set_targets(MixedTargets targets) {
  const std::int64_t count = labels.size(0), chosen = targets.rows.defined() ? targets.rows.numel() : count;
  const bool fits = has_shape(targets.hard, {count}) && has_shape(targets.index, {chosen}) && targets.soft.defined() &&
                    targets.soft.dim() == 2 && targets.soft.size(1) == num_targets_;
  if (!fits) {
    throw PluginError(fmt::format(
        "mixed targets of the shapes hard {}, index {} and soft {} were set where [{}], [{}] and "
        "[K, {}] are needed",
        shape_of(targets.hard), shape_of(targets.index), shape_of(targets.soft), count, chosen, num_targets_));
  }
  targets_ = Tensor();
  mixed_ = std::move(targets);
  soft_ = true;
}

Loss::Loss(const LossContext& context)
    : num_classes_(context.num_classes), has_background_(context.has_background), origin_(Making::current()) {
  if (origin_.empty()) origin_ = "a loss";
  if (num_classes_ < 1) {
    throw ConfigError(fmt::format("it is made for {} classes; the data must have at least one", num_classes_));
  }
  check_counts("instance counts", context.instance_counts, num_classes_);
  check_counts("image counts", context.image_counts, num_classes_);
  if (!context.collective) throw PluginError("the context has no collective; leave LossContext's own, SingleProcess");
}

void Loss::check_logits(const Tensor& logits) const {
  if (logits.defined() && logits.dim() == 2 && logits.size(1) == num_logits()) return;
  throw PluginError(said_by(
      origin_,
      fmt::format("it expects logits of the shape [N, {}] for {} classes{}, and was given {}; a loss over it has "
                  "to pass on num_logits()",
                  num_logits(), num_classes_, has_background_ ? " and a background" : "", shape_of(logits))));
}

void Loss::check_input(const LossInput& input) const {
  check_logits(input.logits);
  const std::int64_t count = input.logits.size(0);
  const auto refuse = [&](const std::string& what) { throw PluginError(said_by(origin_, what)); };
  if (!has_shape(input.labels, {count})) {
    refuse(fmt::format("it expects labels of the shape [{}], and was given {}", count, shape_of(input.labels)));
  }
  if (input.num_targets() != num_targets()) {
    refuse(fmt::format("it expects {} targets a sample for {} classes{}, and was given {}", num_targets(), num_classes_,
                       has_background_ ? " and a background" : "", input.num_targets()));
  }
  if (input.weights.defined() && !has_shape(input.weights, {count})) {
    refuse(fmt::format("it expects weights of the shape [{}], and was given {}", count, shape_of(input.weights)));
  }
}

LossTerms Loss::operator()(const LossInput& input) {
  check_input(input);
  try {
    LossTerms terms = forward(input);
    check_terms(terms, input);
    return terms;
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& error) {
    const std::string text = message_of(error);
    if (is_about_memory(text)) throw;
    throw PluginError(said_by(origin_, text));
  } catch (...) {
    rethrow_said_by(origin_);
  }
}

void check_terms(const LossTerms& terms, const LossInput& input) {
  const std::int64_t count = input.labels.size(0);
  for (const LossTerm& term : terms) {
    if (has_shape(term.values, {count})) continue;
    throw PluginError(
        fmt::format("the loss's term '{}' has the shape {} and must have [{}]: one value for each sample, "
                    "neither summed nor averaged",
                    term.name, shape_of(term.values), count));
  }
}

}  // namespace longtail

#include "core/interfaces/loss_state.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace longtail {
namespace {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

constexpr int kSteps = 20;  // until state of most kinds shows
constexpr const char* kWhatToDo =
    "keep all that it learns in tensors of register_buffer() or register_parameter(), changed in place, so that "
    "checkpoints carry it and --resume goes on to the same weights";

/// What checkpoints carry.
NamedTensors state_of(const Loss& loss) {
  NamedTensors state;
  for (const auto& item : loss.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : loss.named_buffers()) {
    if (item.value().defined()) state.emplace_back(item.key(), item.value());
  }
  return state;
}

NamedTensors copy_of(const NamedTensors& state) {
  NamedTensors copy;
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.detach().clone());
  return copy;
}

/// To the last bit; what is no number equals itself.
bool same(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  return (a.eq(b) | (a.ne(a) & b.ne(b))).all().item<bool>();
}

/// The first tensor that differs, or "".
std::string difference(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return "their number";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].first != b[i].first || !same(a[i].second, b[i].second)) return a[i].first;
  }
  return "";
}

/// A training step as far as the loss has a part in it: its values, and the gradient that the logits get. LibTorch's
/// random numbers are the same each time, as the trainer has it for each step.
NamedTensors step(Loss& loss, LossInput input, bool with_gradient = true) {
  at::manual_seed(7);
  input.logits = input.logits.detach().clone().requires_grad_(with_gradient);
  NamedTensors seen;
  Tensor sum;
  for (const LossTerm& term : loss(input)) {
    seen.emplace_back("value of " + term.name, term.values.detach().clone());
    sum = sum.defined() ? sum + term.values.sum() : term.values.sum();
  }
  if (with_gradient && sum.defined() && sum.requires_grad()) sum.backward();
  if (with_gradient) seen.emplace_back("gradient", input.logits.grad());
  return seen;
}

std::string tensor_registered_twice(const NamedTensors& state) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    for (std::size_t j = i + 1; j < state.size(); ++j) {
      const Tensor &a = state[i].second, &b = state[j].second;
      if (a.numel() == 0 || b.numel() == 0 || a.data_ptr() != b.data_ptr()) continue;
      return fmt::format(
          "'{}' and '{}' are one tensor that is registered twice, and become two when a checkpoint is read or the "
          "model "
          "moves to another device; register it once",
          state[i].first, state[j].first);
    }
  }
  return "";
}

/// The same call again, where the first one changed nothing that is registered.
std::string changed_by_equal_calls(Loss& loss, const LossInput& input) {
  const NamedTensors before = copy_of(state_of(loss)), first = step(loss, input);
  if (!difference(before, state_of(loss)).empty()) return "";
  const std::string what = difference(first, step(loss, input));
  if (what.empty()) return "";
  return fmt::format(
      "it keeps state outside of its buffers: of two equal calls the {} differs, and no buffer has changed; {}", what,
      kWhatToDo);
}

/// What `loss` gives from here on, in training and at test time, with the state that it has at the end.
NamedTensors future(Loss& loss, const std::function<LossInput(const Loss&, int)>& batch) {
  NamedTensors seen;
  const auto add = [&](NamedTensors more) { seen.insert(seen.end(), more.begin(), more.end()); };
  for (int i = 0; i < 3; ++i) add(step(loss, batch(loss, kSteps + i)));
  for (const auto& [name, tensor] : copy_of(state_of(loss))) seen.emplace_back("buffer " + name, tensor);
  loss.eval();
  const at::NoGradGuard no_grad;
  const LossInput input = batch(loss, 0);
  add(step(loss, input, /*with_gradient=*/false));
  seen.emplace_back("result of scores()", loss.scores(input.logits));
  seen.emplace_back("result of foreground_distribution()", loss.foreground_distribution(input));
  seen.emplace_back("result of confusion_matrix()", loss.confusion_matrix());
  loss.train();
  return seen;
}

std::string lost_by_reload(Loss& trained, Loss& reloaded, const std::function<LossInput(const Loss&, int)>& batch) {
  {
    const at::NoGradGuard no_grad;
    const NamedTensors from = state_of(trained), to = state_of(reloaded);
    if (from.size() != to.size())
      return "it does not always register the same buffers; register all in the constructor";
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i].second.sizes() != to[i].second.sizes()) {
        return fmt::format("its buffer '{}' changes its shape; register it with the one it keeps", from[i].first);
      }
      Tensor(to[i].second).copy_(from[i].second);
    }
  }
  const std::string what = difference(future(trained, batch), future(reloaded, batch));
  if (what.empty()) return "";
  return fmt::format(
      "it keeps state outside of its buffers: a copy with the same buffers and parameters, as --resume makes it, "
      "differs "
      "in the {}; {}",
      what, kWhatToDo);
}

}  // namespace

std::string problem_of_state(const std::function<std::shared_ptr<Loss>()>& make,
                             const std::function<LossInput(const Loss&, int number)>& batch) {
  const auto made = [&] {
    at::manual_seed(5);  // as the program has it, the same for each model that it makes
    return make();
  };
  const std::shared_ptr<Loss> loss = made();
  if (std::string twice = tensor_registered_twice(state_of(*loss)); !twice.empty()) return twice;
  for (int i = 0; i < kSteps; ++i) step(*loss, batch(*loss, i));
  if (std::string hidden = changed_by_equal_calls(*loss, batch(*loss, 1)); !hidden.empty()) return hidden;
  return lost_by_reload(*loss, *made(), batch);
}

std::string problem_of_gradients_in_state(const Loss& loss) {
  for (const auto& item : loss.named_buffers()) {
    if (!item.value().defined() || !item.value().requires_grad()) continue;
    return fmt::format(
        "its buffer '{}' is updated with gradient, so that the next step fails: work it out under at::NoGradGuard or "
        "from "
        "detach()ed tensors",
        item.key());
  }
  return "";
}

std::string explained(const std::string& text) {
  if (text.find("backward through the graph a second time") != std::string::npos) {
    return "its state is updated with gradient, so that the second step fails: work it out under at::NoGradGuard or "
           "from "
           "detach()ed tensors, in place in a registered buffer";
  }
  if (text.find("modified by an inplace operation") != std::string::npos) {
    return "it changes a tensor in place that its value was worked out from, so that there is no gradient: change the "
           "state first, or work the value out from a clone() of it";
  }
  return text;
}

}  // namespace longtail

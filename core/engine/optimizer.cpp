#include "core/engine/optimizer.h"

#include <map>

#include <c10/core/GradMode.h>

namespace longtail {

void OptimizerConfig::bind(ParamBinder& p) {
  p("type", type, "Optimiser", one_of({"sgd"}));
  p("learning_rate", learning_rate, "Learning rate after the warm-up, for the configured batch size", at_least(0));
  p("momentum", momentum, "Momentum", in_half_open(0, 1));
  p("weight_decay", weight_decay, "L2 penalty on all trained parameters", at_least(0));
  p("nesterov", nesterov, "Nesterov's form of momentum");
  p("clip_norm", clip_norm, "Largest L2 norm of all gradients together; 0 does not clip", at_least(0));
  p("accumulate", accumulate, "Batches whose gradients are averaged for one update", at_least(1));
}

Sgd::Sgd(OptimizerConfig config, NamedTensors parameters)
    : config_(std::move(config)), parameters_(std::move(parameters)), momentum_(parameters_.size()) {}

void Sgd::zero_grad() {
  for (auto& [name, parameter] : parameters_) {
    if (parameter.grad().defined()) parameter.mutable_grad().reset();
  }
}

void Sgd::step(double learning_rate) {
  const c10::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i].second;
    Tensor update = parameter.grad();
    if (!update.defined()) continue;
    // The gradient is not needed after the step, so it is changed in place.
    if (config_.weight_decay != 0) update.add_(parameter, config_.weight_decay);
    if (config_.momentum != 0) {
      Tensor& momentum = momentum_[i];
      if (momentum.defined()) {
        momentum.mul_(config_.momentum).add_(update);
      } else {
        momentum = update.clone();
      }
      update = config_.nesterov ? update.add_(momentum, config_.momentum) : momentum;
    }
    parameter.add_(update, -learning_rate);
  }
}

double Sgd::gradient_norm() const {
  const c10::NoGradGuard no_grad;
  std::vector<Tensor> norms;
  for (const auto& [name, parameter] : parameters_) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  }
  return norms.empty() ? 0 : at::stack(norms).norm().item<double>();
}

double Sgd::clip_gradients() {
  const c10::NoGradGuard no_grad;
  const double norm = gradient_norm();
  if (config_.clip_norm > 0 && norm > config_.clip_norm) {
    const double scale = config_.clip_norm / (norm + 1e-6);
    for (auto& [name, parameter] : parameters_) {
      if (parameter.grad().defined()) parameter.mutable_grad().mul_(scale);
    }
  }
  return norm;
}

NamedTensors Sgd::state() const {
  NamedTensors state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (momentum_[i].defined()) state.emplace_back(parameters_[i].first, momentum_[i]);
  }
  return state;
}

void Sgd::load_state(const NamedTensors& state) {
  std::map<std::string, Tensor> by_name(state.begin(), state.end());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto found = by_name.find(parameters_[i].first);
    const Tensor& parameter = parameters_[i].second;
    if (found == by_name.end() || found->second.sizes() != parameter.sizes()) continue;
    // Same layout as the parameter's: the update then runs over both in one pass, and in the same order as before.
    momentum_[i] = at::empty_like(parameter.detach()).copy_(found->second);
  }
}

}  // namespace longtail

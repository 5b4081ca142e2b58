#include "core/engine/weight_average.h"

#include <map>

#include <c10/core/GradMode.h>

#include "core/engine/checkpoint.h"
#include "registry/text/affixes.h"

namespace longtail {

WeightAverage::WeightAverage(Module& module, double decay, const NamedTensors& state) : decay_(decay) {
  const c10::NoGradGuard no_grad;
  const std::map<std::string, Tensor> given(state.begin(), state.end());
  const auto learned = module.named_parameters();
  for (const auto& [name, tensor] : named_state(module)) {
    // Counters are not averaged, nor what a loss counts up: its numbers are of the whole training already.
    const bool of_loss = starts_with(name, "loss.") && !learned.contains(name);
    if (!tensor.is_floating_point() || of_loss) continue;
    const auto found = given.find(name);
    const bool fits = found != given.end() && found->second.sizes() == tensor.sizes();
    live_.emplace_back(name, tensor);
    average_.emplace_back(name, at::empty_like(tensor).copy_(fits ? found->second : tensor));
  }
}

void WeightAverage::update() {
  const c10::NoGradGuard no_grad;
  for (std::size_t i = 0; i < live_.size(); ++i) average_[i].second.lerp_(live_[i].second, 1.0 - decay_);
}

void WeightAverage::swap() {
  const c10::NoGradGuard no_grad;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    const Tensor held = live_[i].second.clone();
    live_[i].second.copy_(average_[i].second);
    average_[i].second.copy_(held);
  }
}

}  // namespace longtail

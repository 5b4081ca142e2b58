#pragma once

#include <longtail/module.h>

#include "core/engine/optimizer.h"

namespace longtail {

/// Exponential moving average of a module's parameters and floating buffers, but for the buffers of its
/// `loss`: a <- decay * a + (1 - decay) * w.
class WeightAverage {
 public:
  /// Starts from the module's present values, or from `state` where it has them.
  WeightAverage(Module& module, double decay, const NamedTensors& state);
  void update();
  /// Exchanges the module's values and the averages; a second call undoes it.
  void swap();
  NamedTensors state() const { return average_; }

 private:
  NamedTensors live_;  // shares memory with the module
  NamedTensors average_;
  double decay_;
};

/// The averaged weights in the model's place while it lives, also where an evaluation fails. Without an average the
/// model's own stay.
class AveragedWeights {
 public:
  explicit AveragedWeights(WeightAverage* average) : average_(average) {
    if (average_ != nullptr) average_->swap();
  }
  ~AveragedWeights() {
    if (average_ != nullptr) average_->swap();
  }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace longtail

#pragma once

#include <string>
#include <utility>
#include <vector>

#include <longtail/module.h>
#include <longtail/params.h>

namespace longtail {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

struct OptimizerConfig {
  std::string type = "sgd";
  double learning_rate = 0.1;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  bool nesterov = false;
  double clip_norm = 0;
  std::int64_t accumulate = 1;
  void bind(ParamBinder& p);
};

/// Stochastic gradient descent with momentum and weight decay, as PyTorch defines it. Momentum is kept by parameter
/// name, so that a checkpoint can carry it.
class Sgd {
 public:
  Sgd(OptimizerConfig config, NamedTensors parameters);

  void zero_grad();
  /// One update with the gradients as they are.
  void step(double learning_rate);
  /// The L2 norm of all gradients together.
  double gradient_norm() const;
  /// The same; scales them down to `clip_norm` when that is above 0.
  double clip_gradients();

  const NamedTensors& parameters() const { return parameters_; }
  /// Momentum buffers by parameter name; only those that exist.
  NamedTensors state() const;
  void load_state(const NamedTensors& state);

 private:
  OptimizerConfig config_;
  NamedTensors parameters_;
  std::vector<Tensor> momentum_;  // undefined until the first step
};

}  // namespace longtail

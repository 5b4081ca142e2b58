#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <longtail/paradigm.h>
#include <longtail/plugin.h>

#include "../common/linear.h"
#include "../common/sizes.h"
#include "modulate.h"

namespace longtail {
namespace {

/// Two linear layers with a ReLU between them; the input is layer-normalised first if `layer_norm`.
class Mlp final : public Module {
 public:
  Mlp(std::int64_t in, std::int64_t hidden, std::int64_t out, bool layer_norm) : in_(in) {
    if (layer_norm) {
      norm_weight_ = register_parameter("norm_weight", at::ones({in}));
      norm_bias_ = register_parameter("norm_bias", at::zeros({in}));
    }
    fc1_ = register_module("fc1", std::make_shared<Linear>(in, hidden));
    fc2_ = register_module("fc2", std::make_shared<Linear>(hidden, out));
  }

  Tensor operator()(const Tensor& x) const {
    const Tensor input = norm_weight_.defined() ? at::layer_norm(x, {in_}, norm_weight_, norm_bias_) : x;
    return (*fc2_)((*fc1_)(input).relu_());
  }

 private:
  std::int64_t in_;
  Tensor norm_weight_, norm_bias_;
  std::shared_ptr<Linear> fc1_, fc2_;
};

/// The paper's 0.2, 0.2, 0.6 for three steps, and weights that sum to 1 for any other number.
std::vector<double> default_weights(std::size_t steps) {
  if (steps == 1) return {1.0};
  std::vector<double> weights(steps, 0.4 / static_cast<double>(steps - 1));
  weights.back() = 0.6;
  return weights;
}

/// PCB's iterative paradigm: the same head is applied R times to the feature F, which each prediction (z, t) changes:
///
///     F_{r+1} = F_r * MLP_loc(t_r) + MLP_cls(z_r)
///
/// MLP_loc gives one factor a pixel, MLP_cls one summand a channel. Classification has no boxes: F_{r+1} = F_r +
/// MLP_cls(z_r).
class Iterative final : public Paradigm {
 public:
  struct Params {
    int steps = 0;
    std::vector<double> step_weights;
    std::string regression = "last";
    int hidden = 0;
    bool layer_norm = false;

    void bind(ParamBinder& p) {
      p("steps", steps, "Times that the head is applied; 0: 3 for boxes, 2 in classification", in(0, 10));
      p("step_weights", step_weights,
        "Weight of each step's classification loss; []: 0.6 at the last, 0.4 shared by the others", at_least(0));
      p("regression", regression, "Box regression is trained at the last step alone, or at each with the step's weight",
        one_of({"last", "each"}));
      p("hidden", hidden, "Hidden size of both MLPs; 0: 512 for boxes, 256 in classification", at_least(0));
      p("layer_norm", layer_norm, "Normalises the logits that enter MLP_cls (for sigmoid losses)");
      p.check(steps == 0 || step_weights.empty() || step_weights.size() == static_cast<std::size_t>(steps),
              "'step_weights' needs one entry for each of 'steps', or []");
    }
  };

  Iterative(const Params& params, const ParadigmContext& context);
  std::vector<ParadigmStep> forward(const Tensor& features, const Head& head) override;

 private:
  Tensor next(const Tensor& features, const HeadOutput& output) const;

  std::vector<double> weights_;  // [R]
  bool regress_each_;
  std::int64_t size_, channels_;
  std::shared_ptr<Mlp> mlp_loc_, mlp_cls_;
};

Iterative::Iterative(const Params& params, const ParadigmContext& context)
    : weights_(params.step_weights),
      regress_each_(params.regression == "each"),
      size_(context.size),
      channels_(context.channels) {
  check_size("num_logits", context.num_logits);
  check_size("channels", context.channels);
  const bool boxes = context.size > 0 && context.num_deltas > 0;
  const std::size_t steps = params.steps > 0 ? params.steps : !weights_.empty() ? weights_.size() : boxes ? 3 : 2;
  if (weights_.empty()) weights_ = default_weights(steps);
  const std::int64_t hidden = params.hidden > 0 ? params.hidden : boxes ? 512 : 256;
  if (boxes)
    mlp_loc_ = register_module("mlp_loc", std::make_shared<Mlp>(context.num_deltas, hidden, size_ * size_, false));
  mlp_cls_ =
      register_module("mlp_cls", std::make_shared<Mlp>(context.num_logits, hidden, channels_, params.layer_norm));
}

Tensor Iterative::next(const Tensor& features, const HeadOutput& output) const {
  const Tensor summand = (*mlp_cls_)(output.logits);
  if (size_ == 0) return features + summand;
  if (!mlp_loc_) return features + summand.view({-1, channels_, 1, 1});
  return modulate(features, (*mlp_loc_)(output.deltas), summand);
}

std::vector<ParadigmStep> Iterative::forward(const Tensor& features, const Head& head) {
  std::vector<ParadigmStep> steps;
  Tensor current = features.contiguous();  // as heads flatten them: turned once and not at each step
  for (std::size_t r = 0; r < weights_.size(); ++r) {
    if (r > 0) current = next(current, steps.back().output);
    const bool last = r + 1 == weights_.size();
    const double regression_weight = regress_each_ ? weights_[r] : last ? 1.0 : 0.0;
    steps.push_back({head(current), weights_[r], regression_weight});
  }
  return steps;
}

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Paradigm, longtail::Iterative>(
      "iterative", "PCB's recurrent steps: each prediction changes the feature for the next");
}

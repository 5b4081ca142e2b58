#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <longtail/paradigm.h>
#include <longtail/plugin.h>

#include "../common/linear.h"
#include "../common/sizes.h"

namespace longtail {
namespace {

/// CrowdDet's refinement: a second pair of predictors sees the penultimate feature f beside the first prediction,
///
///     g = relu(FC([f, scores(z), t])),   z' = FC_z(g),   t' = FC_t(g),
///
/// with the loss's own scores (softmax, or sigmoids in EQL v2). Both predictions are trained with weight 1; the refined
/// one counts at test time. They are steps 0 and 1 of 2: PCB has its alpha for the refined one, and none for the first.
class Refinement final : public Paradigm {
 public:
  struct Params {
    std::string prediction = "full";
    int hidden = 1024;

    void bind(ParamBinder& p) {
      p("prediction", prediction,
        "What the refinement sees: full, all scores and deltas; compact, all scores and the 4 expected deltas",
        one_of({"full", "compact"}));
      p("hidden", hidden, "Size of the refined feature", at_least(1));
    }
  };

  Refinement(const Params& params, const ParadigmContext& context)
      : compact_(params.prediction == "compact"), num_deltas_(context.num_deltas), scores_(context.scores) {
    check_size("num_logits", context.num_logits);
    check_size("hidden_channels", context.hidden_channels);
    const std::int64_t seen_scores = context.num_scores > 0 ? context.num_scores : context.num_logits;
    const std::int64_t seen_deltas = compact_ && num_deltas_ > 0 ? 4 : num_deltas_;
    const std::int64_t inputs = context.hidden_channels + seen_scores + seen_deltas;
    fc_ = register_module("fc", std::make_shared<Linear>(inputs, params.hidden));
    fc_logits_ = register_module("fc_logits", std::make_shared<Linear>(params.hidden, context.num_logits));
    start_with(context.initial_bias);
    if (num_deltas_ > 0)
      fc_deltas_ = register_module("fc_deltas", std::make_shared<Linear>(params.hidden, num_deltas_));
  }

  std::vector<ParadigmStep> forward(const Tensor& features, const Head& head) override {
    const HeadOutput first = head(features);
    const Tensor shares = scores(first.logits);
    std::vector<Tensor> parts = {first.hidden, shares};
    if (fc_deltas_) parts.push_back(compact_ ? expected_deltas(shares, first.deltas) : first.deltas);
    HeadOutput refined;
    refined.hidden = (*fc_)(at::cat(parts, 1)).relu_();
    refined.logits = (*fc_logits_)(refined.hidden);
    if (fc_deltas_) refined.deltas = (*fc_deltas_)(refined.hidden);
    return {{first}, {refined}};
  }

 private:
  Tensor scores(const Tensor& logits) const { return scores_ ? scores_(logits) : at::softmax(logits, 1); }

  /// The refined logits start where the loss wants the first ones.
  void start_with(const Tensor& bias) {
    if (!bias.defined()) return;
    const at::NoGradGuard no_grad;
    fc_logits_->bias.copy_(bias);
  }

  /// sum over the classes c of score_c * deltas_c: [N, 4]. Class-agnostic deltas are their own expectation.
  Tensor expected_deltas(const Tensor& scores, const Tensor& deltas) const {
    const std::int64_t classes = num_deltas_ / 4;
    if (classes == 1) return deltas;
    return at::bmm(scores.slice(1, 0, classes).unsqueeze(1), deltas.view({-1, classes, 4})).squeeze(1);
  }

  bool compact_;
  std::int64_t num_deltas_;
  std::function<Tensor(const Tensor&)> scores_;
  std::shared_ptr<Linear> fc_, fc_logits_, fc_deltas_;
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Paradigm, longtail::Refinement>(
      "rm", "A second predictor refines the first one's output (refinement module of CrowdDet, CVPR 2020)");
}

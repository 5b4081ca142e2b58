#include <string>

#include <longtail/calibration.h>
#include <longtail/error.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Mean-score calibration: the score of class i is divided by s_i, its mean on the training set, and the foreground
/// scores are scaled back to their former sum; the background stays. s_i is M_ii, the score that class i has on its own
/// samples, or the column's sum, the score that it has on the samples of all classes.
class MeanScore final : public Calibration {
 public:
  struct Params {
    std::string score = "diagonal";
    double suppress_below = 0;

    void bind(ParamBinder& p) {
      p("score", score, "Mean score of a class: M_ii, or the sum of column i", one_of({"diagonal", "column_sum"}));
      p("suppress_below", suppress_below, "Classes with a mean score up to this are not predicted; 0: none", in(0, 1));
    }
  };

  MeanScore(const Params& params, const CalibrationContext& context) : num_classes_(context.num_classes) {
    const Tensor& matrix = context.confusion_matrix;
    if (!matrix.defined()) {
      throw ConfigError(
          "calibration 'mean_score' needs a confusion matrix; train with loss {type: pcb, alpha: 0, base: ...}");
    }
    empty_ = matrix.sum().item<double>() == 0;  // no error yet: before the training it always is
    const Tensor mean = params.score == "diagonal" ? matrix.diagonal() : matrix.sum(0);
    // A class that was never predicted keeps a finite factor where it is not suppressed.
    factors_ = mean.clamp_min(1e-12).reciprocal();
    if (params.suppress_below > 0) factors_ = factors_ * mean.gt(params.suppress_below);
  }

  Tensor apply(const Tensor& scores) const override {
    if (empty_) {
      throw ConfigError(
          "calibration 'mean_score': the confusion matrix is empty: these weights come from a training without "
          "loss pcb; train with loss {type: pcb, alpha: 0, base: ...}");
    }
    const Tensor foreground = scores.slice(1, 0, num_classes_);
    const Tensor raised = foreground * factors_.to(scores.options());
    const Tensor mass = foreground.sum(1, /*keepdim=*/true);
    const Tensor calibrated = raised * (mass / raised.sum(1, true).clamp_min(1e-30));
    if (scores.size(1) == num_classes_) return calibrated;
    return at::cat({calibrated, scores.slice(1, num_classes_)}, 1);
  }

 private:
  std::int64_t num_classes_;
  bool empty_ = false;
  Tensor factors_;  // [C]: 1 / s_i, or 0
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Calibration, longtail::MeanScore>(
      "mean_score", "Scores divided by their training means (PCB supplement, section A)");
}

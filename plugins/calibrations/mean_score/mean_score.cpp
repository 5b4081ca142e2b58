#include <cstdint>
#include <string>
#include <vector>

#include <longtail/calibration.h>
#include <longtail/class_numbers.h>
#include <longtail/error.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Mean-score calibration: the score of class i is divided by s_i, its mean on the training set, and the foreground
/// scores are scaled back to their former sum; the background stays. s_i is M_ii, the score that class i has on its own
/// samples, or the column's sum, the score that it has on the samples of all classes. Nothing is known of a class whose
/// mean is 0 or that was not trained on, such as the root category that some exporters write: it has no training
/// instance, or its row of the matrix, the samples of which it is the ground truth, is zero. It has the factor 1.
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

  MeanScore(const Params& params, const CalibrationContext& context)
      : num_classes_(context.num_classes), has_background_(context.has_background) {
    const Tensor& matrix = context.confusion_matrix;
    if (!matrix.defined()) {
      throw ConfigError(
          "calibration 'mean_score' needs a confusion matrix; train with loss {type: pcb, alpha: 0, base: ...}");
    }
    if (matrix.dim() != 2 || matrix.size(0) != num_classes_ || matrix.size(1) != num_classes_) {
      throw PluginError("calibration 'mean_score' needs a confusion matrix of " + std::to_string(num_classes_) + " x " +
                        std::to_string(num_classes_) + " classes; this one is of another set of classes");
    }
    empty_ = matrix.sum().item<double>() == 0;  // no error yet: before the training it always is
    const Tensor mean = params.score == "diagonal" ? matrix.diagonal() : matrix.sum(0);
    const Tensor unknown = unknown_classes(mean, matrix, context.instance_counts);
    factors_ = at::where(unknown, at::ones_like(mean), mean.clamp_min(1e-12).reciprocal());
    if (params.suppress_below > 0) factors_ = factors_ * mean.gt(params.suppress_below);
    if (!empty_ && context.warn) warn_of(unknown.logical_and(factors_.gt(0)), context);
  }

  Tensor apply(const Tensor& scores) const override {
    check_scores(scores, num_classes_, has_background_);
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
  /// Whose mean score says nothing, [C] bool.
  static Tensor unknown_classes(const Tensor& mean, const Tensor& matrix,
                                const std::vector<std::int64_t>& instance_counts) {
    const Tensor unknown = mean.le(0).logical_or(matrix.sum(1).le(0));
    if (static_cast<std::int64_t>(instance_counts.size()) != mean.size(0)) return unknown;
    return unknown.logical_or(at::tensor(instance_counts, at::kLong).eq(0).to(mean.device()));
  }

  static void warn_of(const Tensor& left_alone, const CalibrationContext& context) {
    const Tensor found = left_alone.nonzero().view(-1).to(at::kCPU).contiguous();
    if (found.numel() == 0) return;
    const auto* begin = found.data_ptr<std::int64_t>();
    const std::vector<std::int64_t> classes(begin, begin + found.numel());
    const bool one = classes.size() == 1;
    context.warn("calibration 'mean_score': " + std::to_string(classes.size()) + " of " +
                 std::to_string(context.num_classes) + (context.num_classes == 1 ? " class " : " classes ") +
                 (one ? "has" : "have") + " no training instances or the mean score 0 (" + class_numbers(classes) +
                 (one ? "); its scores are not divided" : "); their scores are not divided"));
  }

  std::int64_t num_classes_;
  bool has_background_;
  bool empty_ = false;
  Tensor factors_;  // [C]: 1 / s_i, 1 where s_i says nothing, 0 where it is suppressed
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Calibration, longtail::MeanScore>(
      "mean_score",
      "Scores divided by their training means (PCB supplement, section A)\n"
      "A class without training instances, or with the mean score 0, has the factor 1, unless "
      "`suppress_below` takes it out.");
}

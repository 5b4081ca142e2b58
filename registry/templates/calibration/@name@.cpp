#include <longtail/calibration.h>
#include <longtail/class_numbers.h>
#include <longtail/error.h>
#include <longtail/plugin.h>

namespace {

using longtail::Tensor;

/// Scores divided by the classes' frequencies to the power of tau. Replace it with a calibration of your own.
class @Name@ final : public longtail::Calibration {
 public:
  struct Params {
    double tau = 0.5;  // the default stands here and nowhere else

    void bind(longtail::ParamBinder& p) {
      p("tau", tau, "How much the frequencies count; 0 changes nothing", longtail::in(0, 2));
    }
  };

  // The context knows the data and the trained model: counts of each class and, where the loss kept one, its
  // confusion matrix.
  @Name@(const Params& params, const longtail::CalibrationContext& context) : has_background_(context.has_background) {
    if (context.instance_counts.empty()) {
      throw longtail::ConfigError("calibration '@name@' needs the class counts of the training set; set data.train");
    }
    const auto empty = longtail::empty_classes(context.instance_counts);
    if (!empty.empty() && context.warn) {
      context.warn("calibration '@name@': no training instances of classes " + longtail::class_numbers(empty) +
                   "; each counts as having one");
    }
    const Tensor counts = at::tensor(context.instance_counts, at::kFloat).clamp_min(1);
    factors_ = (counts / counts.sum()).pow(-params.tau);
  }

  // scores [N, C], or [N, C + 1] with the background last, which stays as it is.
  Tensor apply(const Tensor& scores) const override {
    longtail::check_scores(scores, factors_.size(0), has_background_);
    Tensor changed = scores.clone();
    changed.slice(1, 0, factors_.size(0)).mul_(factors_.to(scores.options()));
    return changed / changed.sum(1, /*keepdim=*/true).clamp_min(1e-30);
  }

 private:
  bool has_background_;
  Tensor factors_;  // [C]
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Calibration, @Name@>("@name@", "Scores relative to the classes' frequencies"); }

#include <cstdint>
#include <string>
#include <vector>

#include <longtail/calibration.h>
#include <longtail/class_numbers.h>
#include <longtail/error.h>
#include <longtail/plugin.h>

namespace longtail {
namespace {

/// Calibration by class frequency (NorCal; Pan et al., NeurIPS 2021): the score of class i is divided by n_i^gamma, n_i
/// its number in the training set, and all scores, the background's included and not divided, are scaled to sum to 1
/// again. For scores that come from a softmax this equals subtracting gamma log n_i from the logits.
class LabelDistribution final : public Calibration {
 public:
  struct Params {
    double gamma = 0.6;
    std::string counts = "images";

    void bind(ParamBinder& p) {
      p("gamma", gamma, "Exponent of the class counts; 0 changes nothing", in(0, 10));
      p("counts", counts, "What is counted: training images with the class, or objects",
        one_of({"images", "instances"}));
    }
  };

  LabelDistribution(const Params& params, const CalibrationContext& context)
      : num_classes_(context.num_classes), has_background_(context.has_background) {
    const auto& counts = params.counts == "images" ? context.image_counts : context.instance_counts;
    if (counts.empty()) {
      throw ConfigError("calibration 'label_distribution' needs the class counts of the training set; set data.train");
    }
    if (static_cast<std::int64_t>(counts.size()) != num_classes_) {
      throw PluginError("calibration 'label_distribution' was given " + std::to_string(counts.size()) + " counts for " +
                        std::to_string(num_classes_) + " classes");
    }
    const std::vector<std::int64_t> empty = empty_classes(counts);
    if (!empty.empty() && params.gamma > 0 && context.warn) {
      context.warn("calibration 'label_distribution': " + std::to_string(empty.size()) + " of " +
                   std::to_string(num_classes_) + " classes have no training " + params.counts + " (" +
                   class_numbers(empty) + "); each is taken as having one");
    }
    // A class without training images counts as one image: it gets no more help than the rarest.
    factors_ = at::tensor(counts, at::kDouble).clamp_min(1).pow(-params.gamma);
  }

  Tensor apply(const Tensor& scores) const override {
    check_scores(scores, num_classes_, has_background_);
    const Tensor divided = scores.slice(1, 0, num_classes_) * factors_.to(scores.options());
    const Tensor all = scores.size(1) == num_classes_ ? divided : at::cat({divided, scores.slice(1, num_classes_)}, 1);
    return all / all.sum(1, /*keepdim=*/true).clamp_min(1e-30);
  }

 private:
  std::int64_t num_classes_;
  bool has_background_;
  Tensor factors_;  // [C]: n_i^-gamma
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Calibration, longtail::LabelDistribution>(
      "label_distribution",
      "Scores divided by powers of the class counts (NorCal; Pan et al., NeurIPS 2021)\n"
      "A class without training images (or objects) counts as having one.");
}

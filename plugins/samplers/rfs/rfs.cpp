#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <longtail/error.h>
#include <longtail/plugin.h>
#include <longtail/rng.h>
#include <longtail/sampler.h>

namespace longtail {
namespace {

/// Repeat factor sampling: a class on the fraction f of the images asks for sqrt(threshold / f) copies, at least one;
/// an image has as many as the neediest of its classes asks for. An epoch visits all copies in random order.
class RepeatFactor final : public Sampler {
 public:
  struct Params {
    double threshold = 0.001;
    std::string rounding = "ceil";

    void bind(ParamBinder& p) {
      p("threshold", threshold, "Classes on a smaller fraction of the images are repeated", in(0, 1));
      p("rounding", rounding,
        "ceil: fixed numbers of copies, rounded up; stochastic: the fraction is drawn anew each epoch",
        one_of({"ceil", "stochastic"}));
    }
  };

  RepeatFactor(const Params& params, const SamplerContext& context)
      : stochastic_(params.rounding == "stochastic"), seed_(context.seed) {
    const DatasetStatistics& statistics = class_statistics_of(context);
    check_counts(statistics);
    const auto num_images = static_cast<double>(statistics.classes_of_sample.size());
    for (const auto& classes : statistics.classes_of_sample) {
      double factor = 1;
      for (const std::int64_t c : classes) {
        const double fraction = static_cast<double>(statistics.image_counts[c]) / num_images;
        factor = std::max(factor, std::sqrt(params.threshold / fraction));
      }
      factors_.push_back(factor);
    }
  }

  std::vector<std::int64_t> indices(std::int64_t epoch) const override {
    Rng rng(seed_, static_cast<std::uint64_t>(epoch));
    std::vector<std::int64_t> order;
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      const double whole = std::floor(factors_[i]);
      const double copies = stochastic_ ? whole + (rng.bernoulli(factors_[i] - whole) ? 1 : 0) : std::ceil(factors_[i]);
      order.insert(order.end(), static_cast<std::size_t>(copies), static_cast<std::int64_t>(i));
    }
    rng.shuffle(order);
    return order;
  }

 private:
  /// A class on a sample that is counted on none would ask for infinitely many copies.
  static void check_counts(const DatasetStatistics& statistics) {
    const auto given = static_cast<std::int64_t>(statistics.image_counts.size());
    if (given != statistics.num_classes) {
      throw DataError("sampler 'rfs' needs the number of images of each class, and was given " + std::to_string(given) +
                      " for " + std::to_string(statistics.num_classes) + " classes");
    }
    for (const auto& classes : statistics.classes_of_sample) {
      for (const std::int64_t c : classes) {
        if (statistics.image_counts[c] > 0) continue;
        throw DataError("class " + std::to_string(c) + " is on a sample, but its number of images is " +
                        std::to_string(statistics.image_counts[c]));
      }
    }
  }

  bool stochastic_;
  std::uint64_t seed_;
  std::vector<double> factors_;  // of each image
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Sampler, longtail::RepeatFactor>("rfs", "Repeat factor sampling (Gupta et al., CVPR 2019)");
}

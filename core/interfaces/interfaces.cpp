#include <longtail/backbone.h>
#include <longtail/calibration.h>
#include <longtail/paradigm.h>
#include <longtail/sampler.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>

namespace longtail {

// Out of line, so that each interface's type information lives in liblongtail alone.
Backbone::~Backbone() = default;
Sampler::~Sampler() = default;
Paradigm::~Paradigm() = default;
Calibration::~Calibration() = default;

const DatasetStatistics& statistics_of(const SamplerContext& context) {
  if (context.statistics == nullptr) {
    throw PluginError("the context has no statistics of the training set; set SamplerContext::statistics");
  }
  return *context.statistics;
}

const DatasetStatistics& class_statistics_of(const SamplerContext& context) {
  const DatasetStatistics& statistics = statistics_of(context);
  for (std::size_t i = 0; i < statistics.classes_of_sample.size(); ++i) {
    for (const std::int64_t c : statistics.classes_of_sample[i]) {
      if (c >= 0 && c < statistics.num_classes) continue;
      throw DataError(
          fmt::format("the class {} of training sample {} is not in [0, {})", c, i, statistics.num_classes));
    }
  }
  return statistics;
}

void check_scores(const Tensor& scores, std::int64_t num_classes, bool has_background) {
  const std::int64_t width = num_classes + (has_background ? 1 : 0);
  if (scores.defined() && scores.dim() == 2 && scores.size(1) == width) return;
  throw PluginError(fmt::format("a calibration of {} classes{} was given scores of the shape {} and needs [N, {}]",
                                num_classes, has_background ? " and a background" : "",
                                scores.defined() ? fmt::format("[{}]", fmt::join(scores.sizes(), ", ")) : "(undefined)",
                                width));
}

Tensor Backbone::pooled(const Tensor& images) { return forward(images).back().mean({2, 3}); }

}  // namespace longtail

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>

namespace longtail {

/// What a sampler may know of the training set.
struct DatasetStatistics {
  std::int64_t num_classes = 0;
  /// For each sample the classes on it: one in classification; sorted, each once, possibly none in detection.
  std::vector<std::vector<std::int64_t>> classes_of_sample;
  std::vector<std::int64_t> instance_counts;  // [C] objects
  std::vector<std::int64_t> image_counts;     // [C] samples with the class
};

struct SamplerContext {
  const Catalog* catalog = nullptr;
  const DatasetStatistics* statistics = nullptr;  // outlives the sampler
  std::uint64_t seed = 0;
};

/// Decides which samples an epoch visits, in which order.
class LONGTAIL_API Sampler {
 public:
  using Context = SamplerContext;
  static constexpr std::string_view kind = "sampler";

  virtual ~Sampler();
  /// Indices into the training set for `epoch` (from 0), possibly repeated. Depends on the context's seed and the epoch
  /// only, so that a resumed run sees what the uninterrupted one would have seen.
  virtual std::vector<std::int64_t> indices(std::int64_t epoch) const = 0;
};

/// The statistics of a context. PluginError where there are none.
LONGTAIL_API const DatasetStatistics& statistics_of(const SamplerContext& context);
/// The same, for samplers that count or index by class. DataError for a class of a sample that is not in [0, C).
LONGTAIL_API const DatasetStatistics& class_statistics_of(const SamplerContext& context);

}  // namespace longtail

#include <algorithm>
#include <cstdint>
#include <vector>

#include <longtail/error.h>
#include <longtail/plugin.h>
#include <longtail/rng.h>
#include <longtail/sampler.h>

namespace longtail {
namespace {

/// Draws a class, each equally likely, then one of its samples; as many times as there are samples. Classes without
/// samples are left out.
class ClassBalanced final : public Sampler {
 public:
  explicit ClassBalanced(const SamplerContext& context)
      : size_(statistics_of(context).classes_of_sample.size()), seed_(context.seed) {
    const DatasetStatistics& statistics = class_statistics_of(context);
    std::vector<std::vector<std::int64_t>> samples(std::max<std::int64_t>(0, statistics.num_classes));
    for (std::size_t i = 0; i < size_; ++i) {
      for (const std::int64_t c : statistics.classes_of_sample[i]) samples[c].push_back(static_cast<std::int64_t>(i));
    }
    for (auto& of_class : samples) {
      if (!of_class.empty()) samples_of_class_.push_back(std::move(of_class));
    }
    if (samples_of_class_.empty()) throw DataError("sampler 'class_balanced': no training sample has a class");
  }

  std::vector<std::int64_t> indices(std::int64_t epoch) const override {
    Rng rng(seed_, static_cast<std::uint64_t>(epoch));
    std::vector<std::int64_t> order(size_);
    for (std::int64_t& index : order) {
      const auto& samples = samples_of_class_[rng.below(samples_of_class_.size())];
      index = samples[rng.below(samples.size())];
    }
    return order;
  }

 private:
  std::size_t size_;
  std::uint64_t seed_;
  std::vector<std::vector<std::int64_t>> samples_of_class_;
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Sampler, longtail::ClassBalanced>(
      "class_balanced", "A class at random, then one of its samples (Kang et al., ICLR 2020)");
}

#include <cstdint>
#include <numeric>
#include <vector>

#include <longtail/plugin.h>
#include <longtail/rng.h>
#include <longtail/sampler.h>

namespace {

/// At most `limit` samples of each class in an epoch, others each time. Replace it with a sampler of your own.
class @Name@ final : public longtail::Sampler {
 public:
  struct Params {
    int limit = 100;  // the default stands here and nowhere else

    void bind(longtail::ParamBinder& p) {
      p("limit", limit, "Samples of a class that an epoch takes at most", longtail::at_least(1));
    }
  };

  // The context knows the data: which classes are on each sample and how often each class occurs.
  @Name@(const Params& params, const longtail::SamplerContext& context)
      : limit_(params.limit), statistics_(longtail::class_statistics_of(context)), seed_(context.seed) {}

  // Depends on the seed and the epoch alone, so that a resumed run sees what an uninterrupted one would have seen.
  std::vector<std::int64_t> indices(std::int64_t epoch) const override {
    std::vector<std::int64_t> order(statistics_.classes_of_sample.size());
    std::iota(order.begin(), order.end(), 0);
    longtail::Rng(seed_, static_cast<std::uint64_t>(epoch)).shuffle(order);

    std::vector<std::int64_t> taken(statistics_.num_classes, 0), chosen;
    for (const std::int64_t sample : order) {
      bool wanted = false;
      for (const std::int64_t c : statistics_.classes_of_sample[sample]) wanted |= taken[c] < limit_;
      if (!wanted) continue;
      for (const std::int64_t c : statistics_.classes_of_sample[sample]) ++taken[c];
      chosen.push_back(sample);
    }
    return chosen;
  }

 private:
  std::int64_t limit_;
  const longtail::DatasetStatistics& statistics_;
  std::uint64_t seed_;
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Sampler, @Name@>("@name@", "A limited number of samples of each class"); }

#include <cstdint>
#include <numeric>
#include <vector>

#include <longtail/plugin.h>
#include <longtail/rng.h>
#include <longtail/sampler.h>

namespace longtail {
namespace {

/// Every sample once, in a new order each epoch.
class Random final : public Sampler {
 public:
  explicit Random(const SamplerContext& context)
      : size_(statistics_of(context).classes_of_sample.size()), seed_(context.seed) {}

  std::vector<std::int64_t> indices(std::int64_t epoch) const override {
    std::vector<std::int64_t> order(size_);
    std::iota(order.begin(), order.end(), 0);
    Rng(seed_, static_cast<std::uint64_t>(epoch)).shuffle(order);
    return order;
  }

 private:
  std::size_t size_;
  std::uint64_t seed_;
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Sampler, longtail::Random>("random", "Every sample once an epoch, in random order");
}

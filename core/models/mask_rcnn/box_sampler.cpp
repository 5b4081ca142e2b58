#include "core/models/mask_rcnn/box_sampler.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "core/models/mask_rcnn/assigner.h"

namespace longtail {
namespace {

/// `count` of the numbers below n, each set of them equally likely, ascending (Floyd; Bentley, CACM 1987).
std::vector<std::int64_t> choose(std::int64_t n, std::int64_t count, Rng& rng) {
  std::unordered_set<std::int64_t> chosen;
  for (std::int64_t last = n - count; last < n; ++last) {
    const auto drawn = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(last) + 1));
    if (!chosen.insert(drawn).second) chosen.insert(last);
  }
  std::vector<std::int64_t> sorted(chosen.begin(), chosen.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

Tensor choose(const Tensor& indices, std::int64_t count, Rng& rng) {
  if (indices.size(0) <= count) return indices;
  return indices.index_select(0, at::tensor(choose(indices.size(0), count, rng), at::kLong).to(indices.device()));
}

}  // namespace

SampledBoxes sample_boxes(const Tensor& matched, std::int64_t count, double positive_fraction, Rng& rng) {
  SampledBoxes sampled;
  const auto wanted = static_cast<std::int64_t>(static_cast<double>(count) * positive_fraction);
  sampled.positives = choose(matched.ge(0).nonzero().view(-1), wanted, rng);
  sampled.negatives = choose(matched.eq(kBackground).nonzero().view(-1), count - sampled.positives.size(0), rng);
  return sampled;
}

}  // namespace longtail

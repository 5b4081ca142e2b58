#include "core/data/emoji_categories.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace longtail {
namespace {

constexpr std::int64_t kGroupSize = 5;

}  // namespace

const std::vector<EmojiCategory>& emoji_categories() {
  static const std::vector<EmojiCategory> categories{
#include "core/data/emoji_categories.inc"
  };
  return categories;
}

std::vector<std::int64_t> long_tailed_counts(std::int64_t classes, std::int64_t max_count, double imbalance) {
  std::vector<std::int64_t> by_rank(static_cast<std::size_t>(classes));
  std::iota(by_rank.begin(), by_rank.end(), 0);
  std::stable_sort(by_rank.begin(), by_rank.end(),
                   [](std::int64_t a, std::int64_t b) { return a % kGroupSize < b % kGroupSize; });
  std::vector<std::int64_t> counts(by_rank.size());
  for (std::int64_t rank = 0; rank < classes; ++rank) {
    const double share = classes > 1 ? static_cast<double>(rank) / static_cast<double>(classes - 1) : 0;
    // A little more, so that an exact power does not fall below its whole number.
    const double count = static_cast<double>(max_count) * std::pow(imbalance, -share) + 1e-6;
    counts[by_rank[rank]] = std::max<std::int64_t>(1, static_cast<std::int64_t>(count));
  }
  return counts;
}

}  // namespace longtail

#include "core/data/class_stats.h"

#include <algorithm>

#include "core/data/frequency_split.h"

namespace longtail {

std::vector<std::int64_t> count_classes(const std::vector<std::int64_t>& labels, std::int64_t num_classes) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(num_classes));
  for (const std::int64_t label : labels) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

ClassStats class_stats(const std::vector<std::int64_t>& counts, std::int64_t many_above, std::int64_t few_below) {
  ClassStats stats;
  stats.classes = static_cast<std::int64_t>(counts.size());
  std::vector<std::int64_t> sorted = counts;
  std::sort(sorted.begin(), sorted.end());
  double weighted = 0;
  for (std::size_t rank = 0; rank < sorted.size(); ++rank) {
    const std::int64_t count = sorted[rank];
    stats.images += count;
    weighted += static_cast<double>(count) * static_cast<double>(rank + 1);
    if (count == 0) ++stats.empty;
    if (count > 0 && stats.smallest == 0) stats.smallest = count;
    const Split split = split_of(count, {many_above, few_below});
    ClassStats::Group& group = split == Split::many ? stats.many : split == Split::few ? stats.few : stats.medium;
    ++group.classes;
    group.images += count;
  }
  if (stats.images == 0) return stats;
  stats.largest = sorted.back();
  stats.imbalance = static_cast<double>(stats.largest) / static_cast<double>(stats.smallest);
  const auto n = static_cast<double>(stats.classes);
  stats.gini = 2 * weighted / (n * static_cast<double>(stats.images)) - (n + 1) / n;
  return stats;
}

}  // namespace longtail

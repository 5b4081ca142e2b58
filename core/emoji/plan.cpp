#include "core/emoji/plan.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace longtail {
namespace {

constexpr double kTwice = 0.2;  // of the objects after a picture's first one repeat a class that is there

// Geometric, of sum `total` at the most, each in `floor` ... `pictures`.
std::vector<std::int64_t> long_tail(std::size_t classes, std::int64_t total, std::int64_t pictures, double imbalance,
                                    std::int64_t floor) {
  const auto counts_at = [&](double scale) {
    std::vector<std::int64_t> counts(classes);
    for (std::size_t rank = 0; rank < classes; ++rank) {
      const double share = classes > 1 ? static_cast<double>(rank) / static_cast<double>(classes - 1) : 0;
      counts[rank] = std::clamp(std::llround(scale * std::pow(imbalance, -share)), static_cast<long long>(floor),
                                static_cast<long long>(pictures));
    }
    return counts;
  };
  const auto fits = [&](double scale) {
    const auto counts = counts_at(scale);
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0}) <= total;
  };
  double low = 0, high = static_cast<double>(pictures) * imbalance;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return counts_at(low);
}

}  // namespace

ScenePlan plan_scenes(const std::vector<std::int64_t>& ranks, std::int64_t pictures, std::int64_t least,
                      std::int64_t most, double imbalance, std::int64_t floor, Rng& rng) {
  const auto classes = static_cast<std::int64_t>(ranks.size());
  std::vector<std::int64_t> room, repeats;  // of each picture: different classes, and objects beside one of each
  for (std::int64_t i = 0; i < pictures; ++i) {
    const std::int64_t objects =
        least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
    std::int64_t twice = 0;
    for (std::int64_t k = 1; k < objects; ++k) twice += rng.bernoulli(kTwice) ? 1 : 0;
    room.push_back(std::min(objects - twice, classes));
    repeats.push_back(objects - room.back());
  }
  const std::int64_t total = std::accumulate(room.begin(), room.end(), std::int64_t{0});
  const std::int64_t lowest = std::clamp<std::int64_t>(std::min(floor, total / classes), 1, pictures);
  if (total < classes) {
    throw ConfigError(
        fmt::format("{} pictures with {} ... {} objects have no room for {} classes; make more pictures "
                    "or objects, or fewer classes",
                    pictures, least, most, classes));
  }
  const std::vector<std::int64_t> counts = long_tail(ranks.size(), total, pictures, imbalance, lowest);
  ScenePlan plan;
  plan.image_counts.resize(ranks.size());
  plan.pictures.resize(static_cast<std::size_t>(pictures));
  std::vector<std::size_t> order(plan.pictures.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    // Pictures with more room are more likely, so that room for as many different ones is left to the end.
    std::vector<double> keys;
    for (const std::int64_t left : room) keys.push_back(left > 0 ? static_cast<double>(left) + 2 * rng.uniform() : 0);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] > keys[b]; });
    for (std::int64_t i = 0; i < counts[rank] && room[order[static_cast<std::size_t>(i)]] > 0; ++i) {
      const std::size_t picture = order[static_cast<std::size_t>(i)];
      --room[picture];
      plan.pictures[picture].push_back(ranks[rank]);
      ++plan.image_counts[static_cast<std::size_t>(ranks[rank])];
    }
  }
  for (std::size_t i = 0; i < plan.pictures.size(); ++i) {
    std::vector<std::int64_t>& objects = plan.pictures[i];
    const std::size_t different = objects.size();
    for (std::int64_t k = 0; k < repeats[i] && different > 0; ++k) objects.push_back(objects[rng.below(different)]);
    rng.shuffle(objects);
  }
  return plan;
}

}  // namespace longtail

#pragma once

#include <longtail/export.h>
#include <longtail/rng.h>

#include <cstdint>
#include <vector>

namespace longtail {

/// Which classes are to be seen on which picture.
struct ScenePlan {
  std::vector<std::int64_t> image_counts;  // [C] pictures with the class
  std::vector<std::vector<std::int64_t>>
      pictures;  // the classes of each picture's objects, in random order; some twice
};

/// Spreads classes over `pictures` pictures with `least` ... `most` objects each. Picture counts fall geometrically
/// along `ranks` (class indices, the most frequent one first) by the factor `imbalance` in all, but not below `floor`.
/// Every class has at least one picture. Throws ConfigError where the pictures have no room for that.
LONGTAIL_API ScenePlan plan_scenes(const std::vector<std::int64_t>& ranks, std::int64_t pictures, std::int64_t least,
                                   std::int64_t most, double imbalance, std::int64_t floor, Rng& rng);

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <vector>

namespace longtail {

/// An emoji as a class to recognise. Those of a group are easily confused.
struct EmojiCategory {
  char32_t codepoint;
  const char* name;
  const char* group;
};

/// 60 categories, five of each of 12 groups, group after group.
LONGTAIL_API const std::vector<EmojiCategory>& emoji_categories();

/// How often each of the first `classes` categories occurs: `max_count` for the most frequent one down to
/// max_count / imbalance (at least 1) for the rarest, geometrically. Every group gets frequent and rare members: first
/// come the first members of all groups, then the second ones, and so on.
LONGTAIL_API std::vector<std::int64_t> long_tailed_counts(std::int64_t classes, std::int64_t max_count,
                                                          double imbalance);

}  // namespace longtail

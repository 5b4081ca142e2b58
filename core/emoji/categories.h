#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace longtail {

/// An emoji as a class to recognise. Those of a group are easily confused.
struct EmojiCategory {
  char32_t codepoint = 0;
  std::string name;
  std::string group;
  char frequency = 0;  // 'f', 'c' or 'r' as a file suggests; 0: by its place in the group
};

/// 60 categories, five of each of 12 groups, group after group.
LONGTAIL_API const std::vector<EmojiCategory>& emoji_categories();

/// Reads a table with the head `codepoint,name,group,suggested_frequency` (the last column may be missing; codepoints
/// are hexadecimal). Throws DataError that names file and line.
LONGTAIL_API std::vector<EmojiCategory> read_emoji_categories(const std::string& file);

/// The categories from the most to the least frequent one: f, c, r where frequencies are suggested, and otherwise the
/// first members of all groups, then the second ones, and so on: every group has frequent and rare members.
LONGTAIL_API std::vector<std::int64_t> rank_emoji(const std::vector<EmojiCategory>& categories);

/// How often each of the first `classes` categories occurs: `max_count` for the most frequent one down to
/// max_count / imbalance (at least 1) for the rarest, geometrically along rank_emoji.
LONGTAIL_API std::vector<std::int64_t> long_tailed_counts(std::int64_t classes, std::int64_t max_count,
                                                          double imbalance);

}  // namespace longtail

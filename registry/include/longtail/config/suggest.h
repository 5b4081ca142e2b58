#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <longtail/export.h>

namespace longtail {

/// The candidate most like `word` (edits and swaps, case-insensitive), or "" where none is near enough to suggest.
LONGTAIL_API std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// " (did you mean 'x'?)" or "".
LONGTAIL_API std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace longtail

#include <longtail/class_numbers.h>

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace longtail {

std::string class_numbers(const std::vector<std::int64_t>& classes) {
  const std::size_t shown = std::min<std::size_t>(classes.size(), 5);
  const auto end = classes.begin() + static_cast<std::ptrdiff_t>(shown);
  return fmt::format("{}{}", fmt::join(classes.begin(), end, ", "), shown < classes.size() ? ", ..." : "");
}

std::vector<std::int64_t> empty_classes(const std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> empty;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) empty.push_back(static_cast<std::int64_t>(c));
  }
  return empty;
}

}  // namespace longtail

#pragma once

#include <string>
#include <string_view>

namespace longtail {

/// `one` for a count of 1, else `many`: if_one(count, "is", "are").
template <class Count>
const char* if_one(Count count, const char* one, const char* many) {
  return count == 1 ? one : many;
}

/// "1 object", "2 objects", "0 objects"; `many` where an s does not do: counted(2, "batch", "batches").
template <class Count>
std::string counted(Count count, std::string_view one, std::string_view many = {}) {
  std::string text = std::to_string(count) + " ";
  text += count == 1 || many.empty() ? one : many;
  if (count != 1 && many.empty()) text += "s";
  return text;
}

}  // namespace longtail

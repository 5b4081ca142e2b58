#include "core/data/frequency_split.h"

namespace longtail {

Split split_of(std::int64_t train_count, const SplitBounds& bounds) {
  if (train_count > bounds.many_above) return Split::many;
  return train_count < bounds.few_below ? Split::few : Split::medium;
}

std::string_view to_string(Split split) {
  switch (split) {
    case Split::many:
      return "many";
    case Split::few:
      return "few";
    default:
      return "medium";
  }
}

}  // namespace longtail

#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/annotations/annotation_id.h"

namespace longtail {

/// Finds records by their ids. The records outlive it.
class IdIndex {
 public:
  template <class Record>
  explicit IdIndex(const std::vector<Record>& records) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      const AnnotationId id = records[i].key();
      (id.is_text() ? texts_[id.text] : numbers_[id.number]) = static_cast<std::int32_t>(i);
    }
  }

  /// Where the record stands, or -1.
  std::int32_t find(const AnnotationId& id) const {
    return id.is_text() ? at(texts_, id.text) : at(numbers_, id.number);
  }

  /// Why an id may be missing: " (a text, but those are numbers)" or the other way round, else "".
  const char* hint(const AnnotationId& id) const {
    if (id.is_text() && texts_.empty()) return " (a text, but those are numbers)";
    return !id.is_text() && numbers_.empty() && !texts_.empty() ? " (a number, but those are texts)" : "";
  }

 private:
  template <class Map, class Key>
  static std::int32_t at(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? -1 : found->second;
  }

  absl::flat_hash_map<std::int64_t, std::int32_t> numbers_;
  absl::flat_hash_map<std::string_view, std::int32_t> texts_;
};

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace longtail {

/// The id of a category, an image or an object as a file tells it: a whole number, or a text. Numbers come before
/// texts.
struct AnnotationId {
  AnnotationId(std::int64_t id) : number(id) {}      // NOLINT: most ids are numbers
  AnnotationId(std::string_view id) : text(id) {}    // NOLINT: not empty
  AnnotationId(const std::string& id) : text(id) {}  // NOLINT: it outlives the id

  bool is_text() const { return !text.empty(); }

  std::int64_t number = 0;
  std::string_view text;  // empty: the number counts
};

inline bool operator==(const AnnotationId& a, const AnnotationId& b) {
  return a.number == b.number && a.text == b.text;
}
inline bool operator<(const AnnotationId& a, const AnnotationId& b) {
  return a.is_text() || b.is_text() ? a.text < b.text : a.number < b.number;
}

/// As JSON has it: 7 or "img_7", with quotes.
LONGTAIL_API std::string to_json(const AnnotationId& id);
/// For people: 7 or img_7.
LONGTAIL_API std::string to_string(const AnnotationId& id);

/// What has an id.
struct WithId {
  std::int64_t id = 0;
  std::string text_id;  // not empty: the id is this text, and `id` says nothing

  AnnotationId key() const { return text_id.empty() ? AnnotationId(id) : AnnotationId(text_id); }
};

}  // namespace longtail

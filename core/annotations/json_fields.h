#pragma once

#include <simdjson.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/annotations/annotation_id.h"

namespace longtail {

/// What is wrong with one element of a file, without its place: whoever knows the place adds it.
class BrokenElement : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads members of one JSON object; each call throws BrokenElement that names the key and what it should be. A whole
/// number may be written 64 or 64.0.
class JsonFields {
 public:
  /// Throws if `value` is no object.
  explicit JsonFields(simdjson::dom::element value);

  /// Whether there is such a key with something other than null.
  bool has(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;
  std::string_view text(std::string_view key) const;
  simdjson::dom::array list(std::string_view key) const;
  simdjson::dom::element value(std::string_view key) const;
  /// A whole number or a text that is not empty; the text lives as long as the JSON does.
  AnnotationId id(std::string_view key) const;

  std::int64_t integer_or(std::string_view key, std::int64_t otherwise) const;
  std::string_view text_or(std::string_view key, std::string_view otherwise) const;
  /// 0, 1, false or true; false where there is no such key.
  bool flag(std::string_view key) const;

 private:
  simdjson::dom::object object_;
};

/// Whether `value` is a whole number that 64 bits with a sign hold, written 64 or 64.0.
bool read_whole(simdjson::dom::element value, std::int64_t& out);
/// An id that stands in the list `key`. Throws BrokenElement.
AnnotationId read_id(simdjson::dom::element value, std::string_view key);

/// The numbers of a list of exactly `count`.
void read_numbers(simdjson::dom::array list, std::string_view key, std::size_t count, double* out);

/// "NaN, which is no number" or the like for a number that could not be read, else "".
std::string unreadable_number(simdjson::dom::element value);

}  // namespace longtail

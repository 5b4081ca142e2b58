#include "core/annotations/json_fields.h"

#include <fmt/format.h>

#include <cmath>

#include "core/annotations/json_numbers.h"

namespace longtail {
namespace {

constexpr double kBeyondInt64 = 9223372036854775808.0;  // 2^63

/// What a whole number is that 64 bits with a sign do not hold, such as "18446744073709551615, beyond 2^63".
std::string beyond_int64(simdjson::dom::element value) {
  std::uint64_t large = 0;
  if (value.is_uint64() && value.get(large) == simdjson::SUCCESS) return fmt::format("{}, beyond 2^63", large);
  double real = 0;
  const bool beyond = value.is_double() && value.get(real) == simdjson::SUCCESS && std::abs(real) >= kBeyondInt64;
  return beyond ? fmt::format("{}, beyond 2^63", real) : "";
}

[[noreturn]] void wrong_type(std::string_view key, const char* wanted, simdjson::dom::element value) {
  if (const std::string number = unreadable_number(value); !number.empty()) {
    throw BrokenElement(fmt::format("'{}' is {}", key, number));
  }
  throw BrokenElement(fmt::format("'{}' is not {}", key, wanted));
}

[[noreturn]] void not_whole(std::string_view key, const char* wanted, simdjson::dom::element value) {
  if (const std::string number = beyond_int64(value); !number.empty()) {
    throw BrokenElement(fmt::format("'{}' is {}", key, number));
  }
  wrong_type(key, wanted, value);
}

}  // namespace

std::string unreadable_number(simdjson::dom::element value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? bad_number(text) : "";
}

bool read_whole(simdjson::dom::element value, std::int64_t& out) {
  if (value.get(out) == simdjson::SUCCESS) return true;
  double real = 0;
  if (!value.is_double() || value.get(real) != simdjson::SUCCESS) return false;
  if (std::abs(real) >= kBeyondInt64 || real != std::trunc(real)) return false;
  out = static_cast<std::int64_t>(real);
  return true;
}

AnnotationId read_id(simdjson::dom::element value, std::string_view key) {
  std::int64_t number = 0;
  if (read_whole(value, number)) return number;
  std::string_view text;
  const bool is_text = value.get(text) == simdjson::SUCCESS && bad_number(text).empty();
  if (is_text && text.empty()) throw BrokenElement(fmt::format("'{}' is an empty text", key));
  if (!is_text) not_whole(key, "a whole number or a text", value);
  return text;
}

JsonFields::JsonFields(simdjson::dom::element value) {
  if (value.get(object_) != simdjson::SUCCESS) throw BrokenElement("is not an object {...}");
}

bool JsonFields::has(std::string_view key) const {
  simdjson::dom::element found;
  return object_.at_key(key).get(found) == simdjson::SUCCESS && !found.is_null();
}

simdjson::dom::element JsonFields::value(std::string_view key) const {
  simdjson::dom::element found;
  if (object_.at_key(key).get(found) != simdjson::SUCCESS) throw BrokenElement(fmt::format("has no '{}'", key));
  if (found.is_null()) throw BrokenElement(fmt::format("'{}' is null", key));
  return found;
}

std::int64_t JsonFields::integer(std::string_view key) const {
  const simdjson::dom::element found = value(key);
  std::int64_t number = 0;
  if (!read_whole(found, number)) not_whole(key, "a whole number", found);
  return number;
}

double JsonFields::number(std::string_view key) const {
  const simdjson::dom::element found = value(key);
  double number = 0;
  if (found.get(number) != simdjson::SUCCESS) wrong_type(key, "a number", found);
  return number;
}

std::string_view JsonFields::text(std::string_view key) const {
  const simdjson::dom::element found = value(key);
  std::string_view text;
  if (found.get(text) != simdjson::SUCCESS || !bad_number(text).empty()) wrong_type(key, "a text", found);
  return text;
}

simdjson::dom::array JsonFields::list(std::string_view key) const {
  const simdjson::dom::element found = value(key);
  simdjson::dom::array list;
  if (found.get(list) != simdjson::SUCCESS) wrong_type(key, "a list", found);
  return list;
}

AnnotationId JsonFields::id(std::string_view key) const { return read_id(value(key), key); }

std::int64_t JsonFields::integer_or(std::string_view key, std::int64_t otherwise) const {
  return has(key) ? integer(key) : otherwise;
}

std::string_view JsonFields::text_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? text(key) : otherwise;
}

bool JsonFields::flag(std::string_view key) const {
  simdjson::dom::element found;
  if (object_.at_key(key).get(found) != simdjson::SUCCESS || found.is_null()) return false;
  bool flag = false;
  if (found.get(flag) == simdjson::SUCCESS) return flag;
  std::int64_t number = 0;
  if (read_whole(found, number) && (number == 0 || number == 1)) return number == 1;
  wrong_type(key, "0 or 1", found);
}

void read_numbers(simdjson::dom::array list, std::string_view key, std::size_t count, double* out) {
  std::size_t got = 0;
  for (const simdjson::dom::element value : list) {
    if (got == count) break;
    if (value.get(out[got++]) == simdjson::SUCCESS) continue;
    const std::string number = unreadable_number(value);
    throw BrokenElement(number.empty() ? fmt::format("'{}' is not a list of numbers", key)
                                       : fmt::format("'{}' holds {}", key, number));
  }
  if (got != count || list.size() != count) {
    throw BrokenElement(fmt::format("'{}' is not a list of {} numbers", key, count));
  }
}

}  // namespace longtail

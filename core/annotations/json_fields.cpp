#include "core/annotations/json_fields.h"

#include <fmt/format.h>

namespace longtail {
namespace {

[[noreturn]] void wrong_type(std::string_view key, const char* wanted) {
  throw BrokenElement(fmt::format("'{}' is not {}", key, wanted));
}

}  // namespace

JsonFields::JsonFields(simdjson::dom::element value) {
  if (value.get(object_) != simdjson::SUCCESS) throw BrokenElement("is not an object {...}");
}

bool JsonFields::has(std::string_view key) const { return object_.at_key(key).error() == simdjson::SUCCESS; }

simdjson::dom::element JsonFields::value(std::string_view key) const {
  simdjson::dom::element found;
  if (object_.at_key(key).get(found) != simdjson::SUCCESS) throw BrokenElement(fmt::format("has no '{}'", key));
  return found;
}

std::int64_t JsonFields::integer(std::string_view key) const {
  std::int64_t number = 0;
  if (value(key).get(number) != simdjson::SUCCESS) wrong_type(key, "a whole number");
  return number;
}

double JsonFields::number(std::string_view key) const {
  double number = 0;
  if (value(key).get(number) != simdjson::SUCCESS) wrong_type(key, "a number");
  return number;
}

std::string_view JsonFields::text(std::string_view key) const {
  std::string_view text;
  if (value(key).get(text) != simdjson::SUCCESS) wrong_type(key, "a text");
  return text;
}

simdjson::dom::array JsonFields::list(std::string_view key) const {
  simdjson::dom::array list;
  if (value(key).get(list) != simdjson::SUCCESS) wrong_type(key, "a list");
  return list;
}

std::int64_t JsonFields::integer_or(std::string_view key, std::int64_t otherwise) const {
  return has(key) ? integer(key) : otherwise;
}

std::string_view JsonFields::text_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? text(key) : otherwise;
}

bool JsonFields::flag(std::string_view key) const {
  simdjson::dom::element found;
  if (object_.at_key(key).get(found) != simdjson::SUCCESS) return false;
  bool flag = false;
  if (found.get(flag) == simdjson::SUCCESS) return flag;
  std::int64_t number = 0;
  if (found.get(number) == simdjson::SUCCESS && (number == 0 || number == 1)) return number == 1;
  wrong_type(key, "0 or 1");
}

void read_numbers(simdjson::dom::array list, std::string_view key, std::size_t count, double* out) {
  std::size_t got = 0;
  for (const simdjson::dom::element value : list) {
    if (got == count) break;
    if (value.get(out[got++]) != simdjson::SUCCESS) wrong_type(key, "a list of numbers");
  }
  if (got != count || list.size() != count) wrong_type(key, fmt::format("a list of {} numbers", count).c_str());
}

}  // namespace longtail

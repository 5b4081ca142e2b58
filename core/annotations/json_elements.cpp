#include "core/annotations/json_elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/annotations/json_numbers.h"
#include "core/annotations/json_scanner.h"

namespace longtail {
namespace {

std::string not_json(simdjson::error_code error) {
  return fmt::format("is not JSON: {}{}", simdjson::error_message(error),
                     error == simdjson::UTF8_ERROR ? "; save it as UTF-8" : "");
}

}  // namespace

simdjson::dom::array PieceParser::parse(const JsonFile& file, const JsonArray& array, const JsonPiece& piece) {
  simdjson::dom::array elements;
  const std::string_view text = file.bytes().substr(piece.begin, piece.end - piece.begin);
  const auto error = parse_text("[", text, "]").get(elements);
  if (error == simdjson::SUCCESS) return elements;
  if (const auto readable = with_bad_numbers_as_texts(text)) {
    if (parse_text("[", *readable, "]").get(elements) == simdjson::SUCCESS) return elements;
  }
  std::int64_t index = piece.first;
  for (const std::size_t begin : file.begins_of(piece)) {
    const std::size_t end = std::min(piece.end, JsonScanner(file.bytes()).skip_value(begin));
    const std::string_view element = file.bytes().substr(begin, end - begin);
    const auto readable = with_bad_numbers_as_texts(element);
    const auto reason = parse_text("", readable ? *readable : element, "").error();
    if (reason != simdjson::SUCCESS) {
      file.fail(begin, fmt::format("{}[{}]: {}", array.key, index, not_json(reason)));
    }
    ++index;
  }
  file.fail(piece.begin, fmt::format("{}: {}", array.key, not_json(error)));
}

simdjson::simdjson_result<simdjson::dom::element> PieceParser::parse_text(std::string_view before,
                                                                          std::string_view text,
                                                                          std::string_view after) {
  const std::size_t length = before.size() + text.size() + after.size();
  if (buffer_.size() < length + simdjson::SIMDJSON_PADDING) buffer_.resize(length + simdjson::SIMDJSON_PADDING);
  char* to = buffer_.data();
  for (const std::string_view part : {before, text, after}) to = std::copy(part.begin(), part.end(), to);
  constexpr bool kIsPadded = false;  // realloc_if_needed
  return parser_.parse(buffer_.data(), length, kIsPadded);
}

}  // namespace longtail

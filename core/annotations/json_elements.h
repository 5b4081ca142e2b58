#pragma once

#include <simdjson.h>

#include <vector>

#include "core/annotations/json_file.h"

namespace longtail {

/// Parses pieces of a file; keeps its memory from one to the next. One for each thread.
class PieceParser {
 public:
  /// The elements of a piece, valid until the next call. NaN and other numbers that cannot be read are texts in them
  /// (json_numbers.h). Throws DataError that names the place of the first element that is not JSON.
  simdjson::dom::array parse(const JsonFile& file, const JsonArray& array, const JsonPiece& piece);

 private:
  simdjson::simdjson_result<simdjson::dom::element> parse_text(std::string_view before, std::string_view text,
                                                               std::string_view after);

  simdjson::dom::parser parser_;
  std::vector<char> buffer_;
};

}  // namespace longtail

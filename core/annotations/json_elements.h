#pragma once

#include <simdjson.h>

#include <functional>
#include <vector>

#include "core/annotations/json_file.h"

namespace longtail {

/// Parses pieces of a file; keeps its memory from one to the next. One for each thread.
class PieceParser {
 public:
  /// The elements of a piece, valid until the next call. Throws DataError that names the place of the first element
  /// that is not JSON.
  simdjson::dom::array parse(const JsonFile& file, const JsonArray& array, const JsonPiece& piece);
  /// One element, by its bytes.
  simdjson::dom::element parse(const JsonFile& file, std::size_t begin, std::size_t end);

 private:
  simdjson::simdjson_result<simdjson::dom::element> parse_text(std::string_view before, std::string_view text,
                                                               std::string_view after);

  simdjson::dom::parser parser_;
  std::vector<char> buffer_;
};

}  // namespace longtail

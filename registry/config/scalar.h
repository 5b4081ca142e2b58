#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace longtail {

// The types of plain scalars by YAML 1.2's core schema (https://yaml.org/spec/1.2.2, section 10.3.2). Each function
// takes the whole text and returns false, `out` untouched, where it is no such value.

/// "", ~, null, Null, NULL.
bool is_null_text(std::string_view text);
/// true, True, TRUE, false, False, FALSE.
bool parse_bool(std::string_view text, bool& out);
/// [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+, within 64 bits.
bool parse_int(std::string_view text, std::int64_t& out);
/// Whole numbers, decimals with or without exponent, .inf, .nan. A number too big for a double is none.
bool parse_double(std::string_view text, double& out);

/// The shortest text that reads back as the same double, always recognisable as a float: "1.0", "1.0e-05", ".inf".
std::string shortest_text(double value);

/// The length of the UTF-8 sequence that starts at `at`, or 0 where the bytes are no valid UTF-8.
int utf8_length(std::string_view text, std::size_t at);
/// Whether all of the text is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace longtail

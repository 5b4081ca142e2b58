#pragma once

#include <longtail/export.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace longtail {

// Text of others (names of files, keys, labels, messages of plugins) is printed through these, and only through these:
// as it is, a line break in a name forges a line of ours, and an escape sequence or a change of the reading direction
// makes a terminal show something else than what is there.

/// On one line: control characters (C0, DEL, C1), line and paragraph separators, marks of the reading direction and
/// bytes that are no UTF-8 are written out, as \n, \x1b, \u202e, \xff.
LONGTAIL_API std::string visible(std::string_view text);
/// The same, cut to `most` bytes and "..." where it is longer.
LONGTAIL_API std::string visible(std::string_view text, std::size_t most);

/// For several lines that are ours: line breaks and tabs stay.
LONGTAIL_API std::string visible_lines(std::string_view text);

/// For JSON as a library writes it: what a terminal would act on becomes \u009b, which means the same.
LONGTAIL_API std::string visible_json(std::string_view json);

/// Whether the character is one of the above beyond ASCII.
bool is_hidden_character(char32_t character);

/// The character of the valid UTF-8 sequence of `length` bytes at `at`.
char32_t utf8_character(std::string_view text, std::size_t at, int length);

}  // namespace longtail

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace longtail {

// NaN, infinities and whole numbers of more than 64 bits are no JSON, but Python and others write them. A parser that
// knows JSON only would refuse everything around them; so each is made a text that names it.

/// The JSON `text` with such numbers made texts; nothing where it has none.
std::optional<std::string> with_bad_numbers_as_texts(std::string_view text);

/// What is wrong with the number that a JSON text stands for, such as "NaN, which is no number"; "" for a text that is
/// just a text.
std::string bad_number(std::string_view text);

}  // namespace longtail

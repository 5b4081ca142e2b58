#pragma once

#include <string>
#include <string_view>

namespace longtail {

/// Text as a CSV field: quoted where it holds a comma or a quote. Control characters and line breaks are written out
/// (see visible()). A text that a spreadsheet would run as a formula, one that begins with = + - or @ and is no number,
/// gets an apostrophe in front, which spreadsheets do not show.
std::string csv_field(std::string_view text);

/// A field as csv_field() was given it, without the apostrophe.
std::string csv_text(std::string field);

}  // namespace longtail

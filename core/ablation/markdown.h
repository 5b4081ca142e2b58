#pragma once

#include <string>
#include <string_view>

namespace longtail {

/// A label as Markdown shows it: on one line, with everything escaped that Markdown, a table of it or HTML would take
/// for its own.
std::string markdown_text(std::string_view text);

}  // namespace longtail

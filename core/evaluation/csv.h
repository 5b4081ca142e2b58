#pragma once

#include <string>
#include <string_view>

namespace longtail {

/// A CSV field, quoted where it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);

}  // namespace longtail

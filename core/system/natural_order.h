#pragma once

#include <longtail/export.h>

#include <string_view>

namespace longtail {

/// True if `a` comes before `b` where digits in a row count as the number they are: epoch_9999 before epoch_10000,
/// seed9 before seed10. Names that differ in leading zeros only are ordered as text. A strict weak order; numbers may
/// be of any length.
LONGTAIL_API bool natural_less(std::string_view a, std::string_view b);

}  // namespace longtail

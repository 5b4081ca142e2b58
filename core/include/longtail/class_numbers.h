#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <longtail/export.h>

namespace longtail {

/// The classes that a warning is about, counted from 0: "3, 17", of more than five the first ones and "...".
LONGTAIL_API std::string class_numbers(const std::vector<std::int64_t>& classes);
/// The classes whose count is 0.
LONGTAIL_API std::vector<std::int64_t> empty_classes(const std::vector<std::int64_t>& counts);

}  // namespace longtail

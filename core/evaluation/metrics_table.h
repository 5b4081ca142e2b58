#pragma once

#include <longtail/export.h>

#include <map>
#include <string>

namespace longtail {

/// Metrics by group ("bbox" -> "AP" -> fraction) as a table for people: a line a group, percent with two decimals, an
/// em dash where undefined (below 0), columns in the reference tools' order. Ends with a line break.
LONGTAIL_API std::string metrics_table(const std::map<std::string, std::map<std::string, double>>& metrics);

}  // namespace longtail

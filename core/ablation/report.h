#pragma once

#include <filesystem>
#include <string>

namespace longtail {

/// One HTML page, without anything to load, about a run folder, a table's folder or a work dir with tables: measured
/// beside paper, loss and accuracy curves, accuracy by training frequency, configs and provenance. DataError when the
/// folder is none of these.
std::string report_html(const std::filesystem::path& folder);

}  // namespace longtail

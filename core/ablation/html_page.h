#pragma once

#include <filesystem>
#include <string>

namespace longtail {

/// A whole page with the style of all reports. It loads nothing. `body` is HTML.
std::string html_page(const std::string& title, const std::string& body);

/// A text file under a heading that opens on a click; "" when it is empty or not there.
std::string html_file(const std::string& heading, const std::filesystem::path& file);

/// A picture in the page itself; "" when the file is empty or not there.
std::string html_png(const std::string& description, const std::filesystem::path& file);

/// Configuration and environment of a run folder, and the file that says where each value was set.
std::string html_run_files(const std::filesystem::path& run_folder, const std::filesystem::path& provenance);

}  // namespace longtail

#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longtail {

/// A small CSV file with a line of names first, as runs write them.
struct CsvFile {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`

  /// The place of the first of these columns that it has.
  std::optional<std::size_t> first_of(std::initializer_list<std::string_view> names) const;
};

/// Lines of another length are passed over. Empty when there is no file.
CsvFile read_csv(const std::filesystem::path& file);

}  // namespace longtail

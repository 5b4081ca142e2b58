#include "core/ablation/csv_file.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/ablation/run_state.h"
#include "core/evaluation/csv.h"

namespace longtail {
namespace {

/// The fields of a line of CSV, quotes taken off.
std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += line[++i];
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  for (std::string& field : fields) field = csv_text(std::move(field));
  return fields;
}

}  // namespace

std::optional<std::size_t> CsvFile::first_of(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  }
  return std::nullopt;
}

CsvFile read_csv(const std::filesystem::path& file) {
  CsvFile csv;
  std::istringstream lines(read_text_file(file));
  std::string line;
  if (!std::getline(lines, line)) return csv;
  csv.columns = csv_fields(line);
  while (std::getline(lines, line)) {
    std::vector<std::string> fields = csv_fields(line);
    if (fields.size() == csv.columns.size()) csv.rows.push_back(std::move(fields));
  }
  return csv;
}

}  // namespace longtail

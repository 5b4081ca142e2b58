#include "core/ablation/report.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <longtail/error.h>

#include "core/ablation/run_report.h"
#include "core/ablation/table_report.h"
#include "core/system/natural_order.h"

namespace longtail {

namespace fs = std::filesystem;

std::string report_html(const fs::path& folder) {
  if (fs::exists(folder / "matrix.json")) return tables_report({folder});
  for (const char* name : {"result.json", "metrics.jsonl", "config.yaml"}) {
    if (fs::exists(folder / name)) return run_report(folder);
  }
  std::vector<fs::path> tables;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "matrix.json")) tables.push_back(entry.path());
  }
  std::sort(tables.begin(), tables.end(),
            [](const fs::path& a, const fs::path& b) { return natural_less(a.string(), b.string()); });
  if (!tables.empty()) return tables_report(tables);
  throw DataError(
      fmt::format("{}: neither a run folder (config.yaml, metrics.jsonl) nor the work dir of a matrix "
                  "(*/matrix.json)",
                  folder.string()));
}

}  // namespace longtail

#pragma once

#include <longtail/catalog.h>
#include <longtail/export.h>

#include <filesystem>
#include <string>
#include <vector>

namespace longtail {

/// One thing `longtail doctor` looked at. `advice` says what to do; a finding with advice is a warning.
struct Finding {
  std::string section;  // "BLAS"
  std::string name;     // "library"
  std::string value;    // "OpenBLAS 0.3.21, SkylakeX kernels (/usr/lib/...)"
  std::string advice;   // "" when all is well
};

struct DoctorOptions {
  std::vector<std::filesystem::path> config_roots;
  std::filesystem::path work_dir = ".";  // where runs would be written
  bool measure = true;                   // time a matrix product, half a second
};

/// Looks at the software, the machine and the plugins of `catalog` (with its failures and searched folders).
LONGTAIL_API std::vector<Finding> examine(const Catalog& catalog, const DoctorOptions& options);

/// For people: a section a block, advice under its finding, and a closing line with the number of warnings.
LONGTAIL_API std::string findings_text(const std::vector<Finding>& findings);

/// {"findings": [{"section", "name", "value", "status": "ok" | "warning", "advice"}], "warnings": n}
LONGTAIL_API std::string findings_json(const std::vector<Finding>& findings);

/// The parts of examine(); each appends.
void examine_software(std::vector<Finding>& findings);
void examine_plugins(const Catalog& catalog, std::vector<Finding>& findings);
void examine_machine(const DoctorOptions& options, std::vector<Finding>& findings);

}  // namespace longtail

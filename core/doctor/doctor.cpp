#include "core/doctor/doctor.h"
#include "registry/text/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace longtail {
namespace {

std::ptrdiff_t count_warnings(const std::vector<Finding>& findings) {
  return std::count_if(findings.begin(), findings.end(),
                       [](const Finding& finding) { return !finding.advice.empty(); });
}

/// Lines after the first one stand under the first.
std::string indented(const std::string& text, std::size_t columns) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result.append(columns, ' ');
  }
  return result;
}

}  // namespace

std::vector<Finding> examine(const Catalog& catalog, const DoctorOptions& options) {
  std::vector<Finding> findings;
  examine_software(findings);
  examine_machine(options, findings);
  examine_plugins(catalog, findings);
  for (const auto& root : options.config_roots) findings.push_back({"Configurations", "folder", root.string(), ""});
  if (options.config_roots.empty()) {
    findings.push_back({"Configurations", "folder", "none found",
                        "names such as models/resnet32 cannot be resolved: run longtail where configs/ is"});
  }
  return findings;
}

std::string findings_text(const std::vector<Finding>& findings) {
  std::string text, section;
  for (const Finding& finding : findings) {
    if (finding.section != section) {
      section = finding.section;
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n", section);
    }
    text += fmt::format("  {:4}  {:<18} {}\n", finding.advice.empty() ? "ok" : "WARN", finding.name,
                        indented(finding.value, 27));
    if (!finding.advice.empty()) text += fmt::format("        -> {}\n", indented(finding.advice, 11));
  }
  const auto warnings = count_warnings(findings);
  return text + (warnings == 0 ? "\nAll is well.\n"
                               : fmt::format("\n{}; -> says what to do.\n", counted(warnings, "warning")));
}

std::string findings_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"section", finding.section},
                    {"name", finding.name},
                    {"value", finding.value},
                    {"status", finding.advice.empty() ? "ok" : "warning"},
                    {"advice", finding.advice}});
  }
  const nlohmann::ordered_json document = {{"findings", list}, {"warnings", count_warnings(findings)}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace longtail

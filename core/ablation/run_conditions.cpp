#include "core/ablation/run_conditions.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/run_folder.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

using nlohmann::json;

std::int64_t number(const json& result, const char* key) {
  return result.contains(key) && result[key].is_number() ? result[key].get<std::int64_t>() : 0;
}

bool has_numbers(const RunView& run) { return run.status == RunStatus::finished; }

/// One seed says its own; all of them say it once.
std::string of_seed(const TableRow& row, const RunView& run, const std::string& text) {
  return row.runs.size() == 1 ? text : fmt::format("seed {}: {}", run.seed, text);
}

}  // namespace

std::vector<std::string> cautions_of(const json& result) {
  std::vector<std::string> cautions;
  if (const std::string partial = partial_note(number(result, "limit_batches")); !partial.empty()) {
    cautions.push_back(partial);
  }
  if (!result.contains("changes") || !result["changes"].is_array()) return cautions;
  for (const json& change : result["changes"]) {
    if (change.is_string()) cautions.push_back("gone on with under other conditions " + change.get<std::string>());
  }
  return cautions;
}

std::string conditions_of(const json& result) {
  const std::int64_t threads = number(result, "threads");
  const std::string device = result.value("device", "");
  if (threads == 0 || device.empty()) return "threads and device not told";
  // The GPU does the sums; which of several it was does not matter.
  if (device.rfind("cuda", 0) == 0) return "cuda";
  return fmt::format("{}, {}", counted(threads, "thread"), device);
}

std::string protocol_of(const RunView& run) {
  const bool has = run.result.is_object() && run.result.contains("protocol") && run.result["protocol"].is_string();
  return has ? run.result["protocol"].get<std::string>() : "";
}

std::string protocol_of(const TableRow& row) {
  std::set<std::string> protocols;
  for (const RunView& run : row.runs) protocols.insert(protocol_of(run));
  protocols.erase("");
  return fmt::format("{}", fmt::join(protocols, ", "));
}

std::string protocols_of(const Table& table) {
  std::map<std::string, std::vector<std::string>> rows;
  for (const TableRow& row : table.rows) {
    for (const RunView& run : row.runs) {
      const std::string protocol = protocol_of(run);
      if (protocol.empty()) continue;
      std::vector<std::string>& labels = rows[protocol];
      if (labels.empty() || labels.back() != row.label) labels.push_back(row.label);
    }
  }
  std::string text;
  for (const auto& [protocol, labels] : rows) {
    text += (text.empty() ? "protocol: " : ", ") + protocol;
    if (rows.size() > 1) text += fmt::format(" ({})", fmt::join(labels, ", "));
  }
  return text + (rows.size() > 1 ? ": their numbers cannot be compared" : "");
}

void add_conditions(Table& table) {
  std::set<std::string> conditions;
  for (const TableRow& row : table.rows) {
    for (const RunView& run : row.runs) {
      if (has_numbers(run)) conditions.insert(conditions_of(run.result));
    }
  }
  const bool mixed = conditions.size() > 1;
  for (TableRow& row : table.rows) {
    for (const RunView& run : row.runs) {
      if (!has_numbers(run)) continue;
      for (const std::string& caution : cautions_of(run.result)) row.notes.push_back(of_seed(row, run, caution));
      if (mixed) row.notes.push_back(of_seed(row, run, "trained with " + conditions_of(run.result)));
    }
  }
  if (!mixed) return;
  table.warnings.push_back(
      fmt::format("the rows were not all trained alike ({}): sums are rounded differently there, so small differences "
                  "between rows may come from that alone; set `threads` and --device and train them anew",
                  fmt::join(conditions, "; ")));
}

}  // namespace longtail

#include <longtail/config/diagnostics.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace longtail {

void Diagnostics::error(const Mark& mark, std::string message, ExitCode code) {
  findings_.push_back({mark, std::move(message), code});
}

std::string Diagnostics::text() const {
  // Files in the order of their first finding: the reader meets them as the composition does.
  std::map<std::string, std::size_t> file_order;
  auto file_of = [](const Finding& finding) { return finding.mark.file ? *finding.mark.file : std::string(); };
  for (const Finding& finding : findings_) file_order.emplace(file_of(finding), file_order.size());

  std::vector<const Finding*> ordered;
  for (const Finding& finding : findings_) ordered.push_back(&finding);
  std::stable_sort(ordered.begin(), ordered.end(), [&](const Finding* a, const Finding* b) {
    auto key = [&](const Finding* f) { return std::tuple(file_order[file_of(*f)], f->mark.line, f->mark.column); };
    return key(a) < key(b);
  });

  std::string text;
  std::set<std::string> seen;
  for (const Finding* finding : ordered) {
    std::string line = to_string(finding->mark) + ": error: " + finding->message;
    if (!seen.insert(line).second) continue;
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

void Diagnostics::throw_if_any() const {
  if (ok()) return;
  bool all_plugin = std::all_of(findings_.begin(), findings_.end(),
                                [](const Finding& finding) { return finding.code == ExitCode::plugin; });
  if (all_plugin) throw PluginError(text());
  throw ConfigError(text());
}

}  // namespace longtail

#include "core/evaluation/metrics_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

namespace longtail {
namespace {

/// (place of the measure, limit of detections, place of the area): AR@1, AR@10, AR@100, ARs@100 follow the precisions.
using Place = std::tuple<std::size_t, long, std::size_t>;

Place place_of(const std::string& name) {
  constexpr std::array<std::string_view, 14> kOrder = {"many", "medium", "few", "overall", "class_mean", "AP",  "AP50",
                                                       "AP75", "APs",    "APm", "APl",     "APr",        "APc", "APf"};
  constexpr std::string_view kAreas = "@sml";
  const auto known = std::find(kOrder.begin(), kOrder.end(), name);
  const std::size_t at = name.find('@');
  if (known != kOrder.end() || name.rfind("AR", 0) != 0 || at == std::string::npos || name.size() < 4) {
    return {static_cast<std::size_t>(known - kOrder.begin()), 0, 0};
  }
  return {kOrder.size() + 1, std::atol(name.c_str() + at + 1), kAreas.find(name[2])};
}

std::vector<std::string> ordered_names(const std::map<std::string, double>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [](const std::string& a, const std::string& b) { return place_of(a) < place_of(b); });
  return names;
}

}  // namespace

std::string metrics_table(const std::map<std::string, std::map<std::string, double>>& metrics) {
  constexpr std::size_t kWidth = 8, kFirst = 6;
  if (metrics.empty()) return "";
  std::size_t first = kFirst;
  for (const auto& [group, values] : metrics) first = std::max(first, group.size() + 1);
  const std::vector<std::string> names = ordered_names(metrics.begin()->second);
  std::string text = fmt::format("{:<{}}", "%", first);
  for (const std::string& name : names) text += fmt::format("{:>{}}", name, std::max(kWidth, name.size() + 1));
  text += '\n';
  for (const auto& [group, values] : metrics) {
    text += fmt::format("{:<{}}", group, first);
    for (const std::string& name : names) {
      const auto found = values.find(name);
      const bool defined = found != values.end() && found->second >= 0;
      text += fmt::format("{:>{}}", defined ? fmt::format("{:.2f}", 100 * found->second) : "—",
                          std::max(kWidth, name.size() + 1));
    }
    text += '\n';
  }
  return text;
}

}  // namespace longtail

#include "core/evaluation/detection_summary.h"

#include <fmt/format.h>

#include <utility>

#include "core/evaluation/mean.h"

namespace longtail {
namespace {

constexpr std::pair<const char*, std::size_t> kAreas[] = {{"s", 1}, {"m", 2}, {"l", 3}};

template <class Values>
double mean_over(const std::vector<ClassCurves>& curves, const Values& values_of) {
  Mean mean;
  for (const ClassCurves& of_class : curves) {
    for (const double value : values_of(of_class)) mean.add(value);
  }
  return mean.value();
}

double precision_in(const std::vector<ClassCurves>& curves, std::size_t area) {
  return mean_over(curves, [&](const ClassCurves& of_class) { return of_class.precision[area]; });
}

double recall_in(const std::vector<ClassCurves>& curves, std::size_t area) {
  return mean_over(curves, [&](const ClassCurves& of_class) { return of_class.recall[area]; });
}

double precision_at(const std::vector<ClassCurves>& curves, std::size_t threshold) {
  Mean mean;
  for (const ClassCurves& of_class : curves) mean.add(of_class.precision[kAllAreas][threshold]);
  return mean.value();
}

std::map<std::string, double> precisions(const std::vector<ClassCurves>& curves) {
  std::map<std::string, double> out{{"AP", precision_in(curves, kAllAreas)},
                                    {"AP50", precision_at(curves, kIou50)},
                                    {"AP75", precision_at(curves, kIou75)}};
  for (const auto& [letter, area] : kAreas) out[fmt::format("AP{}", letter)] = precision_in(curves, area);
  return out;
}

void add_groups(const std::vector<ClassCurves>& curves, const std::vector<char>& frequencies,
                std::map<std::string, double>& out) {
  for (const char frequency : {'r', 'c', 'f'}) {
    Mean mean;
    for (std::size_t c = 0; c < curves.size(); ++c) {
      if (frequencies[c] != frequency) continue;
      for (const double value : curves[c].precision[kAllAreas]) mean.add(value);
    }
    out[fmt::format("AP{}", frequency)] = mean.value();
  }
}

void add_recalls(const std::vector<ClassCurves>& curves, std::int64_t max_dets, std::map<std::string, double>& out) {
  out[fmt::format("AR@{}", max_dets)] = recall_in(curves, kAllAreas);
  for (const auto& [letter, area] : kAreas) out[fmt::format("AR{}@{}", letter, max_dets)] = recall_in(curves, area);
}

}  // namespace

std::vector<std::string> lvis_names(std::int64_t max_dets) {
  std::vector<std::string> names{"AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf"};
  for (const char* letter : {"", "s", "m", "l"}) names.push_back(fmt::format("AR{}@{}", letter, max_dets));
  return names;
}

std::vector<std::string> coco_names(std::int64_t max_dets, bool groups) {
  std::vector<std::string> names{"AP", "AP50", "AP75", "APs", "APm", "APl"};
  if (groups) names.insert(names.end(), {"APr", "APc", "APf"});
  names.insert(names.end(), {"AR@1", "AR@10"});
  for (const char* letter : {"", "s", "m", "l"}) names.push_back(fmt::format("AR{}@{}", letter, max_dets));
  return names;
}

double class_average_precision(const ClassCurves& curves) {
  Mean mean;
  for (const double value : curves.precision[kAllAreas]) mean.add(value);
  return mean.value();
}

std::map<std::string, double> lvis_summary(const std::vector<ClassCurves>& curves, const std::vector<char>& frequencies,
                                           std::int64_t max_dets) {
  std::map<std::string, double> out = precisions(curves);
  add_groups(curves, frequencies, out);
  add_recalls(curves, max_dets, out);
  return out;
}

std::map<std::string, double> coco_summary(const std::vector<ClassCurves>& curves, const std::vector<char>& frequencies,
                                           std::int64_t max_dets) {
  std::map<std::string, double> out = precisions(curves);
  if (!frequencies.empty()) add_groups(curves, frequencies, out);
  out["AR@1"] = mean_over(curves, [](const ClassCurves& of_class) { return of_class.recall_at_1; });
  out["AR@10"] = mean_over(curves, [](const ClassCurves& of_class) { return of_class.recall_at_10; });
  add_recalls(curves, max_dets, out);
  return out;
}

}  // namespace longtail

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/evaluation/precision_recall.h"

namespace longtail {

/// Means over the classes that have ground truth; -1 where none has. The names are lvis-api's. `frequencies` [C] are
/// 'r', 'c' and 'f', 0 for a class that is in none of these groups.
std::map<std::string, double> lvis_summary(const std::vector<ClassCurves>& curves, const std::vector<char>& frequencies,
                                           std::int64_t max_dets);
/// The 12 numbers of pycocotools; with `frequencies` also APr, APc and APf, without (empty) not.
std::map<std::string, double> coco_summary(const std::vector<ClassCurves>& curves, const std::vector<char>& frequencies,
                                           std::int64_t max_dets);

/// The names in the reference tools' order.
std::vector<std::string> lvis_names(std::int64_t max_dets);
std::vector<std::string> coco_names(std::int64_t max_dets, bool groups);

/// Mean over the IoU thresholds; -1 without ground truth.
double class_average_precision(const ClassCurves& curves);

}  // namespace longtail

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/evaluation/detection_cases.h"
#include "core/evaluation/detection_matching.h"

namespace longtail {

/// A detection of some class with what is needed of it in the end.
struct ScoredDetection {
  double score = 0;
  std::uint32_t image = 0;  // index of the image, in ascending order of ids
  std::uint32_t rank = 0;   // among the detections of its image and class, 0 the best
  Verdict verdict;
};

/// Curves of one class, summed up; -1 where there is no ground truth.
struct ClassCurves {
  using Cases = std::array<std::array<double, kIouThresholds>, kAreaRanges>;
  Cases precision;                                 // mean over the recall thresholds
  Cases recall;                                    // of all detections
  std::array<double, kIouThresholds> recall_at_1;  // with the best detection of each image only; all areas
  std::array<double, kIouThresholds> recall_at_10;
};

/// Sorts the detections of a class by descending score (equal ones by image, then rank) and follows their curves.
/// `num_targets` [kAreaRanges]: ground truth that counts.
ClassCurves class_curves(std::vector<ScoredDetection>& detections,
                         const std::array<std::int64_t, kAreaRanges>& num_targets);

}  // namespace longtail

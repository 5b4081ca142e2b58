#pragma once

#include <vector>

#include "core/evaluation/detection_cases.h"

namespace longtail {

/// Ground truth of one image and class, as matching needs it.
struct MatchTarget {
  double area = 0;
  bool ignore = false;  // neither a hit nor a miss
  bool crowd = false;   // takes any number of detections
};

/// In which cases a detection counts as right, and in which as wrong; in the others it is ignored.
struct Verdict {
  CaseBits right = 0;
  CaseBits wrong = 0;
};

/// Matches detections of one image and class, highest score first, to ground truth, for each IoU threshold and area
/// range, as the reference tools do: each detection takes the free target of the highest IoU (of equal ones the later),
/// and an ignored one only if there is no other. A match with an ignored target is ignored. A detection without a match
/// is wrong, or ignored where its area is out of range or `not_exhaustive` says that its class was not labelled
/// throughout. `ious` [dets * targets], row-major by detection.
std::vector<Verdict> match_detections(const std::vector<double>& ious, const std::vector<double>& det_areas,
                                      const std::vector<MatchTarget>& targets, bool not_exhaustive);

}  // namespace longtail

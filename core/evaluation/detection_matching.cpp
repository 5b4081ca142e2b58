#include "core/evaluation/detection_matching.h"

#include <algorithm>

namespace longtail {
namespace {

/// One area range: targets in the order in which they are tried, ignored ones last.
class RangeMatcher {
 public:
  RangeMatcher(const std::vector<double>& ious, const std::vector<MatchTarget>& targets, int area)
      : ious_(ious), targets_(targets), area_(area), ignored_(targets.size()), taken_(targets.size()) {
    for (std::size_t g = 0; g < targets.size(); ++g) {
      ignored_[g] = targets[g].ignore || !kAreaBounds[static_cast<std::size_t>(area)].holds(targets[g].area);
      if (!ignored_[g]) order_.push_back(g);
    }
    for (std::size_t g = 0; g < targets.size(); ++g) {
      if (ignored_[g]) order_.push_back(g);
    }
  }

  /// Adds what `dets` match at a threshold; sets the bits of `matched`.
  void match(const std::vector<std::size_t>& dets, int threshold, std::vector<CaseBits>& matched,
             std::vector<Verdict>& verdicts) {
    std::fill(taken_.begin(), taken_.end(), false);
    const CaseBits bit = case_bit(area_, threshold);
    for (const std::size_t det : dets) {
      const std::size_t target = best_target(det, kIouValues[static_cast<std::size_t>(threshold)]);
      if (target == kNone) continue;
      taken_[target] = true;
      matched[det] |= bit;
      if (!ignored_[target]) verdicts[det].right |= bit;
    }
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::size_t best_target(std::size_t det, double threshold) const {
    double best_iou = std::min(threshold, 1 - 1e-10);
    std::size_t best = kNone;
    for (const std::size_t target : order_) {
      if (taken_[target] && !targets_[target].crowd) continue;
      if (best != kNone && !ignored_[best] && ignored_[target]) break;
      const double iou = ious_[det * targets_.size() + target];
      if (iou < best_iou) continue;
      best_iou = iou;
      best = target;
    }
    return best;
  }

  const std::vector<double>& ious_;
  const std::vector<MatchTarget>& targets_;
  int area_;
  std::vector<char> ignored_, taken_;
  std::vector<std::size_t> order_;
};

/// Detections that reach the lowest threshold with some target: the others match nothing in any case.
std::vector<std::size_t> candidates(const std::vector<double>& ious, std::size_t num_dets, std::size_t num_targets) {
  std::vector<std::size_t> found;
  for (std::size_t det = 0; det < num_dets; ++det) {
    const double* row = ious.data() + det * num_targets;
    if (std::any_of(row, row + num_targets, [](double iou) { return iou >= kIouValues[0]; })) found.push_back(det);
  }
  return found;
}

}  // namespace

std::vector<Verdict> match_detections(const std::vector<double>& ious, const std::vector<double>& det_areas,
                                      const std::vector<MatchTarget>& targets, bool not_exhaustive) {
  const std::size_t num_dets = det_areas.size();
  std::vector<Verdict> verdicts(num_dets);
  std::vector<CaseBits> matched(num_dets, 0);
  const std::vector<std::size_t> dets = candidates(ious, num_dets, targets.size());
  if (!dets.empty()) {
    for (int area = 0; area < kAreaRanges; ++area) {
      RangeMatcher matcher(ious, targets, area);
      for (int threshold = 0; threshold < kIouThresholds; ++threshold)
        matcher.match(dets, threshold, matched, verdicts);
    }
  }
  if (not_exhaustive) return verdicts;
  for (std::size_t det = 0; det < num_dets; ++det) {
    for (int area = 0; area < kAreaRanges; ++area) {
      if (!kAreaBounds[static_cast<std::size_t>(area)].holds(det_areas[det])) continue;
      verdicts[det].wrong |= (kAllThresholds << (area * kIouThresholds)) & ~matched[det];
    }
  }
  return verdicts;
}

}  // namespace longtail

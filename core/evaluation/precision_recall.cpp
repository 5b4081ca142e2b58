#include "core/evaluation/precision_recall.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace longtail {
namespace {

/// The curve of one case: mean precision over the recall thresholds, and the final recall.
struct Curve {
  double precision = 0;
  double recall = 0;
};

/// Precision changes for the better only where a detection is right, so those places tell the whole curve. `precisions`
/// is scratch memory.
Curve follow_curve(const std::vector<ScoredDetection>& detections, CaseBits bit, std::int64_t num_targets,
                   std::vector<double>& precisions) {
  precisions.clear();
  double right = 0, wrong = 0;
  for (const ScoredDetection& detection : detections) {
    if ((detection.verdict.wrong & bit) != 0) ++wrong;
    if ((detection.verdict.right & bit) == 0) continue;
    ++right;
    precisions.push_back(right / (wrong + right + std::numeric_limits<double>::epsilon()));
  }
  for (std::size_t i = precisions.size(); i-- > 1;) precisions[i - 1] = std::max(precisions[i - 1], precisions[i]);
  const auto targets = static_cast<double>(num_targets);
  Curve curve;
  std::size_t at = 0;
  for (const double recall : kRecallValues) {
    while (at < precisions.size() && static_cast<double>(at + 1) / targets < recall) ++at;
    if (at == precisions.size()) break;
    curve.precision += precisions[at];
  }
  curve.precision /= kRecallThresholds;
  curve.recall = right / targets;
  return curve;
}

double recall_of_best(const std::vector<ScoredDetection>& detections, CaseBits bit, std::int64_t num_targets,
                      std::uint32_t best) {
  const auto right = std::count_if(detections.begin(), detections.end(), [&](const ScoredDetection& detection) {
    return detection.rank < best && (detection.verdict.right & bit) != 0;
  });
  return static_cast<double>(right) / static_cast<double>(num_targets);
}

}  // namespace

ClassCurves class_curves(std::vector<ScoredDetection>& detections,
                         const std::array<std::int64_t, kAreaRanges>& num_targets) {
  std::sort(detections.begin(), detections.end(), [](const ScoredDetection& a, const ScoredDetection& b) {
    return std::tie(b.score, a.image, a.rank) < std::tie(a.score, b.image, b.rank);
  });
  ClassCurves curves;
  std::vector<double> precisions;
  curves.recall_at_1.fill(-1);
  curves.recall_at_10.fill(-1);
  for (int area = 0; area < kAreaRanges; ++area) {
    const auto a = static_cast<std::size_t>(area);
    curves.precision[a].fill(-1);
    curves.recall[a].fill(-1);
    if (num_targets[a] == 0) continue;
    for (int threshold = 0; threshold < kIouThresholds; ++threshold) {
      const auto t = static_cast<std::size_t>(threshold);
      const CaseBits bit = case_bit(area, threshold);
      const Curve curve = follow_curve(detections, bit, num_targets[a], precisions);
      curves.precision[a][t] = curve.precision;
      curves.recall[a][t] = curve.recall;
      if (area != kAllAreas) continue;
      curves.recall_at_1[t] = recall_of_best(detections, bit, num_targets[a], 1);
      curves.recall_at_10[t] = recall_of_best(detections, bit, num_targets[a], 10);
    }
  }
  return curves;
}

}  // namespace longtail

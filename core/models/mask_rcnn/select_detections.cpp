#include "core/models/mask_rcnn/select_detections.h"

#include <algorithm>
#include <tuple>

#include "core/ops/nms.h"

namespace longtail {
namespace {

// Of a softmax over a thousand classes a threshold of 0.0001 leaves a million candidates, and 300 detections are among
// the best few thousand.
constexpr std::int64_t kFirstCandidates = 4096;

/// The `count` best of the flattened scores and all that equal the last of them, ascending by index: equal scores keep
/// their order.
Tensor best_candidates(const Tensor& scores, const Tensor& above, std::int64_t count, std::int64_t total) {
  if (count == total) return above.nonzero().view(-1);
  const Tensor least = std::get<0>(at::topk(scores, count, 0, /*largest=*/true, /*sorted=*/false)).min();
  return scores.ge(least).nonzero().view(-1);
}

/// Decoded, clipped, rid of small boxes and suppressed.
SelectedDetections detections_among(const DetectionConfig& config, const BoxCoder& coder,
                                    const RoiPredictions& predictions, const Tensor& candidates, double height,
                                    double width) {
  const std::int64_t classes = predictions.scores.size(1);
  const Tensor proposal = candidates.floor_divide(classes);
  SelectedDetections found;
  found.labels = candidates.remainder(classes);
  found.scores = predictions.scores.reshape(-1).index_select(0, candidates);
  const bool agnostic = predictions.deltas.size(1) == 4;
  const Tensor deltas = predictions.deltas.reshape({-1, 4}).index_select(0, agnostic ? proposal : candidates);
  found.boxes = clip_boxes(coder.decode(predictions.proposals.index_select(0, proposal), deltas), height, width);

  const Tensor width_of = found.boxes.select(1, 2) - found.boxes.select(1, 0);
  const Tensor height_of = found.boxes.select(1, 3) - found.boxes.select(1, 1);
  const Tensor proper = at::logical_and(width_of.ge(config.min_size), height_of.ge(config.min_size)).nonzero().view(-1);
  const Tensor kept =
      proper.index_select(0, batched_nms(found.boxes.index_select(0, proper), found.scores.index_select(0, proper),
                                         found.labels.index_select(0, proper), config.nms_iou, config.max_detections));
  return {found.boxes.index_select(0, kept), found.scores.index_select(0, kept), found.labels.index_select(0, kept)};
}

}  // namespace

SelectedDetections select_detections(const DetectionConfig& config, const BoxCoder& coder,
                                     const RoiPredictions& predictions, double height, double width) {
  const Tensor scores = predictions.scores.reshape(-1);
  const Tensor above = scores.gt(config.score_threshold);
  const std::int64_t total = above.sum().item<std::int64_t>();
  for (std::int64_t count = std::min(total, std::max(kFirstCandidates, 4 * config.max_detections));;
       count = std::min(total, 8 * count)) {
    const SelectedDetections found =
        detections_among(config, coder, predictions, best_candidates(scores, above, count, total), height, width);
    if (count == total || found.scores.size(0) == config.max_detections) return found;
  }
}

}  // namespace longtail

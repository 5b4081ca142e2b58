#include "core/models/mask_rcnn/proposals.h"

#include <algorithm>
#include <tuple>

#include "core/models/mask_rcnn/box_regression.h"
#include "core/ops/boxes.h"
#include "core/ops/nms.h"

namespace longtail {

Tensor select_proposals(const RpnConfig& config, const ProposalConfig& limits, const std::vector<Rpn::Level>& levels,
                        std::int64_t image, const InputImage& input) {
  std::vector<Tensor> logits, deltas, anchors, numbers;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const Tensor all = levels[l].logits[image];
    const std::int64_t count = std::min(limits.per_level, all.size(0));
    const Tensor best = std::get<1>(at::topk(config.rank_by == "logits" ? all : all.sigmoid(), count));
    logits.push_back(all.index_select(0, best));
    deltas.push_back(levels[l].deltas[image].index_select(0, best));
    anchors.push_back(levels[l].anchors.index_select(0, best));
    numbers.push_back(at::full({count}, static_cast<std::int64_t>(l), best.options()));
  }
  const Tensor decoded = box_coder(config.clamp_deltas).decode(at::cat(anchors), at::cat(deltas));
  const Tensor boxes = clip_boxes(decoded, static_cast<double>(input.height), static_cast<double>(input.width));
  // Comparisons with a number that is none are false: broken predictions go here too.
  const Tensor wide = (boxes.select(1, 2) - boxes.select(1, 0)).gt(config.min_size);
  const Tensor high = (boxes.select(1, 3) - boxes.select(1, 1)).gt(config.min_size);
  const Tensor proper = at::logical_and(wide, high).nonzero().view(-1);
  const Tensor candidates = boxes.index_select(0, proper);
  const Tensor scores = at::cat(logits).index_select(0, proper).sigmoid();
  const Tensor kept =
      batched_nms(candidates, scores, at::cat(numbers).index_select(0, proper), config.nms_iou, limits.per_image);
  return candidates.index_select(0, kept);
}

}  // namespace longtail

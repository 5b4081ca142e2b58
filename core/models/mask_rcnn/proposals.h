#pragma once

#include <vector>

#include "core/models/mask_rcnn/rpn.h"

namespace longtail {

/// The proposals of one image of the batch, [K, 4], best first: the best of each level, decoded, clipped to the image's
/// own size, rid of degenerate boxes, suppressed level by level.
Tensor select_proposals(const RpnConfig& config, const ProposalConfig& limits, const std::vector<Rpn::Level>& levels,
                        std::int64_t image, const InputImage& input);

}  // namespace longtail

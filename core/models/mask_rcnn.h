#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <longtail/backbone.h>
#include <longtail/calibration.h>
#include <longtail/loss.h>
#include <longtail/module.h>
#include <longtail/paradigm.h>
#include <longtail/rng.h>

#include "core/data/instance_batch.h"
#include "core/models/detections.h"
#include "core/models/mask_rcnn_config.h"

namespace longtail {

/// Mask R-CNN (He et al., ICCV 2017) with a feature pyramid. Submodules: backbone, fpn, rpn, roi_heads (box head,
/// predictors, mask head), paradigm, loss. Follows mmdetection 2.x by default, torchvision where the configuration says.
class MaskRcnn final : public Module {
 public:
  MaskRcnn(MaskRcnnConfig config, std::int64_t num_classes, const Catalog& catalog, const LossContext& loss_context,
           const ComponentSpec& loss, const ComponentSpec& paradigm);

  /// Named scalar losses of a batch, to be summed. Draws from `rng` alone which anchors and proposals are sampled.
  std::vector<std::pair<std::string, Tensor>> losses(const InstanceBatch& batch, Rng& rng);
  /// What is on each image, in original pixels. `calibration` re-scores.
  std::vector<Detections> detect(const InstanceBatch& batch, const Calibration& calibration);

  Loss& loss();
  std::int64_t num_classes() const { return num_classes_; }

 private:
  MaskRcnnConfig config_;
  std::int64_t num_classes_;
};

}  // namespace longtail

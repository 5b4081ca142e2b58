#pragma once

#include <longtail/backbone.h>
#include <longtail/calibration.h>
#include <longtail/loss.h>
#include <longtail/module.h>
#include <longtail/paradigm.h>
#include <longtail/rng.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/instance_batch.h"
#include "core/models/detections.h"
#include "core/models/mask_rcnn_config.h"

namespace longtail {

class Fpn;
class Rpn;
class RoiHeads;

/// Mask R-CNN (He et al., ICCV 2017) with a feature pyramid. Follows mmdetection 2.x by default, torchvision where the
/// configuration says.
///
/// Parameters have torchvision's names, with the background behind the classes instead of in front of them (L logits:
/// classes 0 ... C-1 first; C boxes and C masks):
///
// clang-format off
///     backbone.*                                       as the plugin names them (torchvision: backbone.body.*)
///     fpn.inner_blocks.{i}, fpn.layer_blocks.{i}       (torchvision: backbone.fpn.*) stage i -> channels, 1x1; 3x3
///     rpn.head.{conv, cls_logits, bbox_pred}
///     roi_heads.box_head.{fc6, fc7}                    fc6's input in the order channel, row, column
///     roi_heads.box_predictor.{cls_score, bbox_pred}   [L, 1024], [4 C, 1024]
///     roi_heads.mask_head.mask_fcn{1 ... 4}
///     roi_heads.mask_predictor.{conv5_mask, mask_fcn_logits}   [256, 256, 2, 2] as a transposed convolution's, [C, 256, 1, 1]
///     paradigm.*, loss.*                               as the plugins name them
// clang-format on
class MaskRcnn final : public Module {
 public:
  /// Weights start from LibTorch's generator, which the caller has seeded. `loss_context` has a background.
  MaskRcnn(MaskRcnnConfig config, std::int64_t num_classes, const Catalog& catalog, const LossContext& loss_context,
           const ComponentSpec& loss, const ComponentSpec& paradigm);

  // Batches are on the module's device.

  /// Named scalar losses of a batch, to be summed: loss_rpn_cls, loss_rpn_bbox, those of the loss plugin (with the
  /// step's number behind where there are several), loss_bbox, loss_mask. Draws from `rng` alone which anchors and
  /// proposals are sampled.
  std::vector<std::pair<std::string, Tensor>> losses(const InstanceBatch& batch, Rng& rng);
  /// What is on each image, in original pixels. `calibration` re-scores.
  std::vector<Detections> detect(const InstanceBatch& batch, const Calibration& calibration);

  Loss& loss() { return *loss_; }
  std::int64_t num_classes() const { return num_classes_; }

 private:
  std::vector<Tensor> pyramid(const Tensor& images) const;

  std::int64_t num_classes_;
  std::shared_ptr<Backbone> backbone_;
  std::shared_ptr<Fpn> fpn_;
  std::shared_ptr<Rpn> rpn_;
  std::shared_ptr<RoiHeads> roi_heads_;
  std::shared_ptr<Paradigm> paradigm_;
  std::shared_ptr<Loss> loss_;
};

}  // namespace longtail

#pragma once

#include <longtail/calibration.h>
#include <longtail/loss.h>
#include <longtail/paradigm.h>
#include <longtail/rng.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/instance_batch.h"
#include "core/models/detections.h"
#include "core/models/mask_rcnn/box_head.h"
#include "core/models/mask_rcnn/mask_head.h"
#include "core/models/mask_rcnn/roi_pool.h"
#include "core/models/mask_rcnn/roi_targets.h"
#include "core/models/mask_rcnn/select_detections.h"

namespace longtail {

/// The second stage: classes, boxes and masks of the proposals.
class RoiHeads final : public Module {
 public:
  /// Made by MaskRcnn, which also registers them as its submodules.
  struct Parts {
    std::shared_ptr<Loss> loss;
    std::shared_ptr<Paradigm> paradigm;
  };
  RoiHeads(const MaskRcnnConfig& config, std::int64_t num_classes, const std::vector<std::int64_t>& strides,
           Parts parts);

  using NamedLosses = std::vector<std::pair<std::string, Tensor>>;
  /// `maps` of the pyramid and `proposals` [K, 4] of each image. Classification and boxes are divided by the number of
  /// sampled regions, masks by the number of their pixels.
  NamedLosses losses(const std::vector<Tensor>& maps, const std::vector<Tensor>& proposals,
                     const std::vector<InstanceTargets>& targets, Rng& rng);
  std::vector<Detections> detect(const std::vector<Tensor>& maps, const std::vector<Tensor>& proposals,
                                 const std::vector<InputImage>& inputs, const Calibration& calibration);
  /// Mask logits [D, 2 size, 2 size] of boxes [D, 4] in image `number` of the batch; bounded memory for any D.
  Tensor mask_logits(const std::vector<Tensor>& maps, std::int64_t number, const Tensor& boxes,
                     const Tensor& labels) const;

  /// Width of the box predictor.
  static std::int64_t num_deltas(const BoxHeadConfig& config, std::int64_t num_classes) {
    return config.class_agnostic ? 4 : 4 * num_classes;
  }

 private:
  std::vector<ParadigmStep> predict(const std::vector<Tensor>& maps, const Tensor& rois) const;
  Tensor box_regression(const std::vector<ParadigmStep>& steps, const RoiSamples& samples) const;
  Tensor mask_loss(const std::vector<Tensor>& maps, const RoiSamples& samples,
                   const std::vector<InstanceTargets>& targets) const;
  Detections finish(const std::vector<Tensor>& maps, std::int64_t number, const InputImage& input,
                    const SelectedDetections& selected) const;

  MaskRcnnConfig config_;
  std::int64_t num_classes_;
  Parts parts_;
  RoiPool pool_;
  BoxCoder coder_;
  std::shared_ptr<BoxHead> box_head_;
  std::shared_ptr<BoxPredictor> box_predictor_;
  std::shared_ptr<MaskHead> mask_head_;
  std::shared_ptr<MaskPredictor> mask_predictor_;
};

}  // namespace longtail

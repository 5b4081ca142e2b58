#include "core/models/mask_rcnn.h"

#include <c10/core/GradMode.h>

#include "core/models/mask_rcnn/fpn.h"
#include "core/models/mask_rcnn/roi_heads.h"
#include "core/models/mask_rcnn/rpn.h"

namespace longtail {
namespace {

std::vector<std::int64_t> strides_of(const std::vector<Backbone::Stage>& stages) {
  std::vector<std::int64_t> strides;
  for (const Backbone::Stage& stage : stages) strides.push_back(stage.stride);
  return strides;
}

AnchorGenerator::Size size_of(const Tensor& images) { return {images.size(2), images.size(3)}; }

}  // namespace

MaskRcnn::MaskRcnn(MaskRcnnConfig config, std::int64_t num_classes, const Catalog& catalog,
                   const LossContext& loss_context, const ComponentSpec& loss, const ComponentSpec& paradigm)
    : num_classes_(num_classes) {
  backbone_ = register_module("backbone",
                              catalog.make<Backbone>(config.backbone, BackboneContext{&catalog, 3, loss_context.seed}));
  loss_ = catalog.make<Loss>(loss, loss_context);
  ParadigmContext head;
  head.catalog = &catalog;
  head.num_logits = loss_->num_logits();
  head.num_deltas = RoiHeads::num_deltas(config.box_head, num_classes);
  head.channels = config.fpn.channels;
  head.size = config.box_head.size;
  head.hidden_channels = config.box_head.channels;
  head.seed = loss_context.seed;
  head.initial_bias = loss_->initial_bias();
  head.num_scores = num_classes + 1;
  head.scores = [loss = loss_](const Tensor& logits) { return loss->scores(logits); };
  paradigm_ = catalog.make<Paradigm>(paradigm, head);

  fpn_ = register_module("fpn", std::make_shared<Fpn>(backbone_->stages(), config.fpn));
  rpn_ = register_module("rpn", std::make_shared<Rpn>(config.rpn, config.fpn.channels, fpn_->strides()));
  roi_heads_ =
      register_module("roi_heads", std::make_shared<RoiHeads>(config, num_classes, strides_of(backbone_->stages()),
                                                              RoiHeads::Parts{loss_, paradigm_}));
  register_module("paradigm", paradigm_);
  register_module("loss", loss_);
}

std::vector<Tensor> MaskRcnn::pyramid(const Tensor& images) const { return fpn_->forward(backbone_->forward(images)); }

std::vector<std::pair<std::string, Tensor>> MaskRcnn::losses(const InstanceBatch& batch, Rng& rng) {
  const std::vector<Tensor> maps = pyramid(batch.images);
  const std::vector<Rpn::Level> levels = rpn_->predict(maps, size_of(batch.images));
  const Rpn::Losses rpn = rpn_->losses(maps, levels, batch.inputs, batch.targets, rng);
  std::vector<std::pair<std::string, Tensor>> losses = {{"loss_rpn_cls", rpn.objectness}, {"loss_rpn_bbox", rpn.boxes}};
  const std::vector<Tensor> proposals = rpn_->proposals(levels, batch.inputs, /*training=*/true);
  for (auto& loss : roi_heads_->losses(maps, proposals, batch.targets, rng)) losses.push_back(std::move(loss));
  return losses;
}

std::vector<Detections> MaskRcnn::detect(const InstanceBatch& batch, const Calibration& calibration) {
  const c10::NoGradGuard no_grad;
  const std::vector<Tensor> maps = pyramid(batch.images);
  const std::vector<Rpn::Level> levels = rpn_->predict(maps, size_of(batch.images));
  const std::vector<Tensor> proposals = rpn_->proposals(levels, batch.inputs, /*training=*/false);
  return roi_heads_->detect(maps, proposals, batch.inputs, calibration);
}

}  // namespace longtail

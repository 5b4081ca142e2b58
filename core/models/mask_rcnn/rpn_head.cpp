#include "core/models/mask_rcnn/rpn_head.h"

namespace longtail {
namespace {

/// [B, channels, H, W] -> [B, H, W, channels]: a view of what lies channels-last.
Tensor channels_behind(const Tensor& map) { return map.permute({0, 2, 3, 1}); }

/// The kernel x kernel neighbourhoods of the cells (image, y, x) [S], zeros outside of the map: [S, kernel^2 *
/// channels].
Tensor neighbourhoods(const Tensor& map, const Tensor& image, const Tensor& y, const Tensor& x, std::int64_t kernel) {
  const std::int64_t height = map.size(2), width = map.size(3), channels = map.size(1);
  const Tensor offsets = at::arange(kernel, y.options()) - kernel / 2;
  const Tensor rows = (y.unsqueeze(1) + offsets).unsqueeze(2).expand({-1, kernel, kernel});
  const Tensor columns = (x.unsqueeze(1) + offsets).unsqueeze(1).expand({-1, kernel, kernel});
  const Tensor inside =
      rows.ge(0).logical_and_(rows.lt(height)).logical_and_(columns.ge(0)).logical_and_(columns.lt(width));
  const Tensor index =
      (image.view({-1, 1, 1}) * height + rows.clamp(0, height - 1)) * width + columns.clamp(0, width - 1);
  Tensor values = channels_behind(map).reshape({-1, channels}).index_select(0, index.view(-1));
  values.mul_(inside.view({-1, 1}).to(values.scalar_type()));
  return values.view({y.size(0), kernel * kernel * channels});
}

Tensor as_matrix(const Convolution& conv) { return channels_behind(conv.weight).reshape({conv.weight.size(0), -1}); }

}  // namespace

RpnHead::RpnHead(std::int64_t channels, std::int64_t anchors_per_cell) : anchors_(anchors_per_cell) {
  conv_ = register_module("conv", std::make_shared<Convolution>(channels, channels, 3));
  cls_logits_ = register_module("cls_logits", std::make_shared<Convolution>(channels, anchors_, 1));
  bbox_pred_ = register_module("bbox_pred", std::make_shared<Convolution>(channels, 4 * anchors_, 1));
  for (const auto& layer : {conv_, cls_logits_, bbox_pred_}) start_normal(layer->weight, 0.01);
}

RpnHead::Output RpnHead::forward(const Tensor& map) const {
  const Tensor hidden = conv_->forward(map).relu_();
  const std::int64_t images = map.size(0);
  return {channels_behind(cls_logits_->forward(hidden)).reshape({images, -1}),
          channels_behind(bbox_pred_->forward(hidden)).reshape({images, -1, 4})};
}

RpnHead::Output RpnHead::sampled(const Tensor& map, const Tensor& image, const Tensor& anchor) const {
  const Tensor cell = anchor.floor_divide(anchors_);
  const Tensor y = cell.floor_divide(map.size(3)), x = cell.remainder(map.size(3));
  const Tensor patches = neighbourhoods(map, image, y, x, conv_->weight.size(2));
  const Tensor hidden = at::linear(patches, as_matrix(*conv_), conv_->bias).relu_();
  const Tensor own = anchor.remainder(anchors_).unsqueeze(1);
  const Tensor logits = at::linear(hidden, as_matrix(*cls_logits_), cls_logits_->bias);
  const Tensor deltas = at::linear(hidden, as_matrix(*bbox_pred_), bbox_pred_->bias).view({-1, anchors_, 4});
  return {logits.gather(1, own).squeeze(1), deltas.gather(1, own.unsqueeze(2).expand({-1, 1, 4})).squeeze(1)};
}

}  // namespace longtail

#include "core/models/mask_rcnn/fpn.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <string>

namespace longtail {

Fpn::Fpn(const std::vector<Backbone::Stage>& stages, const FpnConfig& config) {
  const auto levels = static_cast<std::size_t>(config.levels);
  if (levels < stages.size()) {
    throw ConfigError(
        fmt::format("model.fpn.levels: {} is less than the {} stages of the backbone", levels, stages.size()));
  }
  const auto inner = register_module("inner_blocks", std::make_shared<Module>());
  const auto layer = register_module("layer_blocks", std::make_shared<Module>());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const std::string name = std::to_string(i);
    inner_.push_back(
        inner->register_module(name, std::make_shared<Convolution>(stages[i].channels, config.channels, 1)));
    layer_.push_back(layer->register_module(name, std::make_shared<Convolution>(config.channels, config.channels, 3)));
    start_xavier(inner_.back()->weight);
    start_xavier(layer_.back()->weight);
    strides_.push_back(stages[i].stride);
  }
  while (strides_.size() < levels) strides_.push_back(2 * strides_.back());
}

std::vector<Tensor> Fpn::forward(const std::vector<Tensor>& stages) const {
  std::vector<Tensor> levels(stages.size());
  Tensor coarser;
  for (std::size_t i = stages.size(); i-- > 0;) {
    Tensor joined = inner_[i]->forward(stages[i]);
    if (coarser.defined()) joined.add_(at::upsample_nearest2d(coarser, {joined.size(2), joined.size(3)}));
    levels[i] = layer_[i]->forward(joined);
    coarser = joined;
  }
  while (levels.size() < strides_.size()) {
    const Tensor halved = levels.back().slice(2, 0, c10::nullopt, 2).slice(3, 0, c10::nullopt, 2);
    levels.push_back(halved.contiguous(at::MemoryFormat::ChannelsLast));
  }
  return levels;
}

}  // namespace longtail

#include "residual_network.h"

#include <string>
#include <utility>

#include <longtail/error.h>

namespace longtail {

void ResidualParams::bind(ParamBinder& p) {
  p("norm", norm,
    "Batch norm: `batch` statistics; `running` statistics with trained scale and shift; `frozen`, nothing trained",
    one_of({"batch", "running", "frozen"}));
  p("norm_eps", norm_eps, "Added to the variance (0 for torchvision's detection weights)", at_least(0));
  p("frozen_stages", frozen_stages, "Not trained: -1 nothing, 0 the stem, 1 the stem and stage 1, ...", in(-1, 4));
  p("zero_init_residual", zero_init_residual, "Starts each residual branch at zero");
}

void ResidualParams::apply_to(ResidualOptions& options) const {
  options.norm = norm == "batch" ? Norm::batch : norm == "running" ? Norm::running : Norm::frozen;
  options.norm_eps = norm_eps;
  options.frozen_stages = frozen_stages;
  options.zero_init_residual = zero_init_residual;
}

/// One residual block: `basic` is two 3x3 convolutions, `bottleneck` 1x1, 3x3, 1x1.
class ResidualBlock final : public Module {
 public:
  struct Place {
    std::int64_t in = 0;
    std::int64_t width = 0;  // of the stage, before a bottleneck's expansion
    std::int64_t stride = 1;
  };

  ResidualBlock(const Place& place, const ResidualOptions& options);
  Tensor forward(const Tensor& x);
  void freeze();
  static std::int64_t out_channels(std::int64_t width, ResidualOptions::Block block) {
    return block == ResidualOptions::Block::basic ? width : 4 * width;
  }

 private:
  struct Unit {
    std::shared_ptr<Conv2d> conv;
    std::shared_ptr<BatchNorm2d> norm;
  };
  void add_unit(const Conv2d::Shape& shape, const ResidualOptions& options);
  void add_shortcut(const Place& place, std::int64_t out, const ResidualOptions& options);
  Tensor& add_padded(Tensor& out, const Tensor& x) const;

  std::vector<Unit> units_;
  Unit projection_;
  bool pads_ = false;
  std::int64_t stride_;
};

ResidualBlock::ResidualBlock(const Place& place, const ResidualOptions& options) : stride_(place.stride) {
  const std::int64_t out = out_channels(place.width, options.block);
  if (options.block == ResidualOptions::Block::basic) {
    add_unit({place.in, out, 3, place.stride}, options);
    add_unit({out, out, 3}, options);
  } else {
    const std::int64_t inner = place.width * options.width_per_group / 64 * options.groups;
    add_unit({place.in, inner, 1}, options);
    add_unit({inner, inner, 3, place.stride, options.groups}, options);
    add_unit({inner, out, 1}, options);
  }
  if (options.zero_init_residual) units_.back().norm->weight.detach().zero_();
  if (place.stride != 1 || place.in != out) add_shortcut(place, out, options);
}

void ResidualBlock::add_unit(const Conv2d::Shape& shape, const ResidualOptions& options) {
  const std::string number = std::to_string(units_.size() + 1);
  Unit unit;
  unit.conv = register_module("conv" + number, std::make_shared<Conv2d>(shape, options.fan));
  unit.norm = register_module("bn" + number, std::make_shared<BatchNorm2d>(shape.out, options.norm, options.norm_eps));
  units_.push_back(std::move(unit));
}

void ResidualBlock::add_shortcut(const Place& place, std::int64_t out, const ResidualOptions& options) {
  if (options.shortcut == ResidualOptions::Shortcut::pad) {
    pads_ = true;
    return;
  }
  const Conv2d::Shape shape{place.in, out, 1, place.stride};
  const auto downsample = register_module("downsample", std::make_shared<Module>());
  projection_.conv = downsample->register_module("0", std::make_shared<Conv2d>(shape, options.fan));
  projection_.norm =
      downsample->register_module("1", std::make_shared<BatchNorm2d>(out, options.norm, options.norm_eps));
}

void ResidualBlock::freeze() {
  for (const Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  for (const Unit& unit : units_) unit.norm->freeze();
  if (projection_.norm) projection_.norm->freeze();
}

Tensor& ResidualBlock::add_padded(Tensor& out, const Tensor& x) const {
  // Every stride-th pixel, with the missing channels as zeros, half before and half behind.
  const Tensor picked = x.slice(2, 0, c10::nullopt, stride_).slice(3, 0, c10::nullopt, stride_);
  const std::int64_t missing = out.size(1) - x.size(1);
  return out.add_(at::constant_pad_nd(picked, {0, 0, 0, 0, missing / 2, missing - missing / 2}));
}

Tensor ResidualBlock::forward(const Tensor& x) {
  Tensor out = x;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (i > 0) out.relu_();
    out = conv_norm(out, *units_[i].conv, *units_[i].norm);
  }
  if (pads_) {
    add_padded(out, x);
  } else {
    out.add_(projection_.conv ? conv_norm(x, *projection_.conv, *projection_.norm) : x);
  }
  return out.relu_();
}

ResidualNetwork::ResidualNetwork(const ResidualOptions& options) : small_stem_(options.small_stem) {
  if (options.in_channels < 1) {
    throw PluginError("its context has in_channels = " + std::to_string(options.in_channels) +
                      "; pictures have at least 1");
  }
  const Conv2d::Shape stem_shape = small_stem_ ? Conv2d::Shape{options.in_channels, options.base_width, 3, 1}
                                               : Conv2d::Shape{options.in_channels, options.base_width, 7, 2};
  conv1_ = register_module("conv1", std::make_shared<Conv2d>(stem_shape, options.fan));
  bn1_ = register_module("bn1", std::make_shared<BatchNorm2d>(options.base_width, options.norm, options.norm_eps));
  std::int64_t channels = options.base_width;
  for (std::size_t i = 0; i < options.blocks.size(); ++i) add_stage(static_cast<int>(i), channels, options);
  freeze(options.frozen_stages);
}

void ResidualNetwork::add_stage(int index, std::int64_t& channels, const ResidualOptions& options) {
  const auto layer = register_module("layer" + std::to_string(index + 1), std::make_shared<Module>());
  const std::int64_t width = options.base_width << index;
  std::vector<std::shared_ptr<ResidualBlock>> blocks;
  for (std::int64_t i = 0; i < options.blocks[index]; ++i) {
    const std::int64_t stride = i == 0 && index > 0 ? 2 : 1;
    const ResidualBlock::Place place{channels, width, stride};
    blocks.push_back(layer->register_module(std::to_string(i), std::make_shared<ResidualBlock>(place, options)));
    channels = ResidualBlock::out_channels(width, options.block);
  }
  layers_.push_back(std::move(blocks));
  stages_.push_back({channels, (small_stem_ ? std::int64_t{1} : std::int64_t{4}) << index});
}

void ResidualNetwork::freeze(int frozen_stages) {
  if (frozen_stages > static_cast<int>(layers_.size())) {
    throw ConfigError("frozen_stages: " + std::to_string(frozen_stages) + " is more than the " +
                      std::to_string(layers_.size()) + " stages of this backbone");
  }
  if (frozen_stages >= 0) {
    conv1_->weight.set_requires_grad(false);
    bn1_->freeze();
  }
  for (int i = 0; i < frozen_stages; ++i) {
    for (const auto& block : layers_[i]) block->freeze();
  }
}

Tensor ResidualNetwork::stem(const Tensor& images) {
  // Everything that follows keeps the layout of its input.
  Tensor x = conv_norm(images.contiguous(at::MemoryFormat::ChannelsLast), *conv1_, *bn1_).relu_();
  return small_stem_ ? x : at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
}

std::vector<Tensor> ResidualNetwork::forward(const Tensor& images) {
  std::vector<Tensor> maps;
  Tensor x = stem(images);
  for (const auto& layer : layers_) {
    for (const auto& block : layer) x = block->forward(x);
    maps.push_back(x);
  }
  return maps;
}

}  // namespace longtail

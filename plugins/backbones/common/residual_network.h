#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <longtail/backbone.h>
#include <longtail/params.h>

#include "layers.h"

namespace longtail {

/// What ResNet and ResNeXt have in common.
struct ResidualOptions {
  enum class Block { basic, bottleneck };
  enum class Shortcut { pad, project };  // options A and B of He et al.

  std::vector<std::int64_t> blocks;  // for each stage
  Block block = Block::basic;
  Shortcut shortcut = Shortcut::project;
  std::int64_t in_channels = 3;
  std::int64_t base_width = 64;  // channels of the stem and of the first stage
  bool small_stem = false;       // 3x3 with stride 1 and no pooling, for small images
  std::int64_t groups = 1;
  std::int64_t width_per_group = 64;
  Conv2d::Fan fan = Conv2d::Fan::out;
  bool zero_init_residual = false;
  Norm norm = Norm::batch;
  double norm_eps = 1e-5;
  int frozen_stages = -1;
};

/// Parameters that both backbones offer.
struct ResidualParams {
  std::string norm = "batch";
  double norm_eps = 1e-5;
  int frozen_stages = -1;
  bool zero_init_residual = false;

  void bind(ParamBinder& p);
  void apply_to(ResidualOptions& options) const;
};

class ResidualBlock;

/// A deep residual network (He et al., CVPR 2016) with the stride of a bottleneck on its 3x3 convolution, as
/// torchvision has it, and torchvision's parameter names.
class ResidualNetwork : public Backbone {
 public:
  explicit ResidualNetwork(const ResidualOptions& options);

  std::vector<Stage> stages() const override { return stages_; }
  std::vector<Tensor> forward(const Tensor& images) override;

 private:
  void add_stage(int index, std::int64_t& channels, const ResidualOptions& options);
  void freeze(int frozen_stages);
  Tensor stem(const Tensor& images);

  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<BatchNorm2d> bn1_;
  std::vector<std::vector<std::shared_ptr<ResidualBlock>>> layers_;
  std::vector<Stage> stages_;
  bool small_stem_;
};

}  // namespace longtail

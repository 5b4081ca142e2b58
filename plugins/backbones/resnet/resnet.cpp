#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <longtail/plugin.h>

#include "../common/residual_network.h"

namespace longtail {
namespace {

using Block = ResidualOptions::Block;
using Shortcut = ResidualOptions::Shortcut;

struct Layout {
  Block block;
  std::vector<std::int64_t> blocks;
};

const std::map<int, Layout>& imagenet_layouts() {
  static const std::map<int, Layout> layouts = {{18, {Block::basic, {2, 2, 2, 2}}},
                                                {34, {Block::basic, {3, 4, 6, 3}}},
                                                {50, {Block::bottleneck, {3, 4, 6, 3}}},
                                                {101, {Block::bottleneck, {3, 4, 23, 3}}},
                                                {152, {Block::bottleneck, {3, 8, 36, 3}}}};
  return layouts;
}

const std::set<int>& cifar_depths() {
  static const std::set<int> depths = {20, 32, 44, 56, 110};
  return depths;
}

/// ResNet. Depths 18 to 152 have four stages from 64 channels on; 20, 32, 44, 56 and 110 are He et al.'s family for
/// CIFAR with three stages of 16, 32 and 64 channels.
class ResNet final : public ResidualNetwork {
 public:
  struct Params {
    int depth = 50;
    std::string stem = "imagenet";
    std::string shortcut = "auto";
    std::int64_t width = 0;
    ResidualParams residual;

    void bind(ParamBinder& p) {
      p("depth", depth, "18, 34, 50, 101, 152; for CIFAR 20, 32, 44, 56, 110 (with stem: cifar)");
      p("stem", stem, "imagenet: 7x7 with stride 2 and pooling; cifar: 3x3 with stride 1",
        one_of({"imagenet", "cifar"}));
      p("shortcut", shortcut,
        "Where the shape changes: A pads with zeros, B projects; auto: A in CIFAR's family, else B",
        one_of({"auto", "A", "B"}));
      p("width", width,
        "Channels of the stem and the first stage, doubled by each further one; 0: 64, CIFAR's family 16", in(0, 1024));
      residual.bind(p);
      const bool small = cifar_depths().count(depth) > 0;
      p.check(small || imagenet_layouts().count(depth) > 0,
              "no layout of depth " + std::to_string(depth) +
                  "; there are 18, 34, 50, 101, 152 and, with stem: cifar, 20, 32, 44, 56, 110");
      p.check(!small || stem == "cifar", "depth " + std::to_string(depth) + " is of the CIFAR family; set stem: cifar");
    }
  };

  ResNet(const Params& params, const BackboneContext& context) : ResidualNetwork(options(params, context)) {}

 private:
  static ResidualOptions options(const Params& params, const BackboneContext& context) {
    ResidualOptions options;
    params.residual.apply_to(options);
    options.in_channels = context.in_channels;
    options.small_stem = params.stem == "cifar";
    const auto layout = imagenet_layouts().find(params.depth);
    const bool cifar_family = layout == imagenet_layouts().end();
    if (cifar_family) {
      options.blocks.assign(3, (params.depth - 2) / 6);
      options.base_width = 16;
      options.fan = Conv2d::Fan::in;
    } else {
      options.block = layout->second.block;
      options.blocks = layout->second.blocks;
    }
    if (params.width > 0) options.base_width = params.width;
    const bool pad = params.shortcut == "A" || (params.shortcut == "auto" && cifar_family);
    options.shortcut = pad ? Shortcut::pad : Shortcut::project;
    return options;
  }
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Backbone, longtail::ResNet>("resnet",
                                                "Residual network (He et al., CVPR 2016), for ImageNet or CIFAR");
}

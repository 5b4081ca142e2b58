#include <cstdint>
#include <string>

#include <longtail/error.h>
#include <longtail/plugin.h>

#include "../common/residual_network.h"

namespace longtail {
namespace {

/// ResNeXt: bottlenecks whose 3x3 convolution works in groups.
class ResNeXt final : public ResidualNetwork {
 public:
  struct Params {
    std::string layout = "50_32x4d";
    std::string stem = "imagenet";
    ResidualParams residual;

    void bind(ParamBinder& p) {
      p("layout", layout, "Depth, groups and the groups' width in the first stage", one_of({"50_32x4d", "101_32x8d"}));
      p("stem", stem, "imagenet: 7x7 with stride 2 and pooling; cifar: 3x3 with stride 1",
        one_of({"imagenet", "cifar"}));
      residual.bind(p);
    }
  };

  ResNeXt(const Params& params, const BackboneContext& context) : ResidualNetwork(options(params, context)) {}

 private:
  static ResidualOptions options(const Params& params, const BackboneContext& context) {
    ResidualOptions options;
    params.residual.apply_to(options);
    options.in_channels = context.in_channels;
    options.small_stem = params.stem == "cifar";
    options.block = ResidualOptions::Block::bottleneck;
    const bool deep = params.layout == "101_32x8d";
    options.blocks = {3, 4, deep ? 23 : 6, 3};
    options.groups = 32;
    options.width_per_group = deep ? 8 : 4;
    return options;
  }
};

}  // namespace
}  // namespace longtail

LONGTAIL_PLUGIN(reg) {
  reg.add<longtail::Backbone, longtail::ResNeXt>("resnext",
                                                 "Residual network with grouped convolutions (Xie et al., CVPR 2017)");
}

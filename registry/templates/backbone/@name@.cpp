#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <longtail/backbone.h>
#include <longtail/plugin.h>

namespace {

using longtail::Tensor;

/// A chain of 3x3 convolutions, each with stride 2. Replace it with a network of your own.
class @Name@ final : public longtail::Backbone {
 public:
  struct Params {
    std::vector<std::int64_t> channels = {32, 64, 128};  // the default stands here and nowhere else

    void bind(longtail::ParamBinder& p) {
      p("channels", channels, "Channels of each convolution", longtail::at_least(1));
      p.check(!channels.empty(), "'channels' needs at least one convolution");
    }
  };

  @Name@(const Params& params, const longtail::BackboneContext& context) {
    std::int64_t in = context.in_channels;
    for (const std::int64_t out : params.channels) {
      // Registered parameters move with the device, are trained and are kept in checkpoints.
      const std::string name = "conv" + std::to_string(weights_.size() + 1);
      weights_.push_back(register_parameter(name + "_weight", at::randn({out, in, 3, 3}) * std::sqrt(2.0 / (9 * in))));
      biases_.push_back(register_parameter(name + "_bias", at::zeros({out})));
      stages_.push_back({out, std::int64_t{2} << stages_.size()});
      in = out;
    }
  }

  std::vector<Stage> stages() const override { return stages_; }

  std::vector<Tensor> forward(const Tensor& images) override {
    std::vector<Tensor> maps;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const Tensor& input = i == 0 ? images : maps.back();
      maps.push_back(at::conv2d(input, weights_[i], biases_[i], /*stride=*/2, /*padding=*/1).relu());
    }
    return maps;
  }

 private:
  std::vector<Tensor> weights_, biases_;
  std::vector<Stage> stages_;
};

}  // namespace

LONGTAIL_PLUGIN(reg) { reg.add<longtail::Backbone, @Name@>("@name@", "A small chain of convolutions"); }

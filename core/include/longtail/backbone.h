#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/export.h>
#include <longtail/module.h>

namespace longtail {

struct BackboneContext {
  const Catalog* catalog = nullptr;
  std::int64_t in_channels = 3;
  std::uint64_t seed = 0;
};

/// Images to feature maps. Weights are initialised in the constructor from LibTorch's generator, which the
/// caller has seeded; parameter names are torchvision's, so that published weights fit.
class LONGTAIL_API Backbone : public Module {
 public:
  using Context = BackboneContext;
  static constexpr std::string_view kind = "backbone";

  struct Stage {
    std::int64_t channels = 0;
    std::int64_t stride = 0;  // of the map relative to the image
  };

  ~Backbone() override;

  /// The stages that forward() returns, finest first.
  virtual std::vector<Stage> stages() const = 0;
  /// images [B, 3, H, W] -> one map [B, channels, ceil(H / stride), ceil(W / stride)] for each stage.
  virtual std::vector<Tensor> forward(const Tensor& images) = 0;
  /// For classification: images -> [B, channels of the last stage]. Global average of the last map by default.
  virtual Tensor pooled(const Tensor& images);
};

}  // namespace longtail

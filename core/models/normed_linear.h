#pragma once

#include <cstdint>

#include <longtail/module.h>

namespace longtail {

/// A classifier of cosine similarities: temperature * <w / |w|, x / |x|> + bias (NormedLinear of the Seesaw recipe).
class NormedLinear final : public Module {
 public:
  NormedLinear(std::int64_t in_features, std::int64_t out_features, double temperature = 20.0);
  /// [N, in_features] -> [N, out_features].
  Tensor forward(const Tensor& input);

  Tensor weight;  // [out_features, in_features]
  Tensor bias;    // [out_features]

 private:
  double temperature_;
};

}  // namespace longtail

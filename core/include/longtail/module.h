#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>

namespace longtail {

using at::Tensor;

/// Base of everything that holds tensors: parameters, buffers and submodules registered here travel with the
/// device and are carried by checkpoints.
using Module = torch::nn::Module;

}  // namespace longtail

#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace longtail {

/// Named tensors and strings about them: what a file of weights holds, in its order.
struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, at::Tensor>> tensors;

  /// The tensor of that name, or nullptr.
  const at::Tensor* find(const std::string& name) const;
};

}  // namespace longtail

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
  std::vector<std::string> notes = {};  // what people should know about how it was read; never written
  bool by_key = false;                  // a key chose these among others

  /// The tensor of that name, or nullptr.
  const at::Tensor* find(const std::string& name) const;
};

}  // namespace longtail

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <longtail/params.h>

#include "core/data/image_options.h"

namespace longtail {

/// `model` of the classification task.
struct ClassificationModelConfig {
  ComponentSpec backbone{"resnet", Node::map()};
  std::string classifier = "linear";
  std::string init;
  std::vector<std::string> train_only;
  void bind(ParamBinder& p);
};

/// `data` of the classification task.
struct ClassificationDataConfig {
  std::string root = ".";
  std::string train;
  std::string val;
  std::int64_t num_classes = 0;
  std::string class_names;
  ComponentSpec transform{"cifar", Node::map()};
  std::string bad_image = "stop";
  ImageOptions images;
  std::int64_t many_above = 100;
  std::int64_t few_below = 20;
  void bind(ParamBinder& p);
};

}  // namespace longtail

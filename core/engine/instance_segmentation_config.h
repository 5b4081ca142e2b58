#pragma once

#include <cstdint>
#include <string>

#include <longtail/params.h>

#include "core/data/image_options.h"
#include "core/data/instance_transform.h"

namespace longtail {

/// `data` of the instance segmentation task (`model`: MaskRcnnConfig).
struct InstanceDataConfig {
  std::string train;
  std::string val;
  std::string train_images = ".";
  std::string val_images = ".";
  std::int64_t test_batch = 1;
  std::string protocol = "auto";
  std::int64_t rare_at_most = 10;
  std::int64_t common_at_most = 100;
  InstanceTransform::Params transform;
  std::int64_t max_images = 0;
  bool keep_empty = false;
  std::string bad_image = "stop";
  std::string bad_annotation = "stop";
  ImageOptions images{/*exif_orientation=*/true};
  void bind(ParamBinder& p);
};

}  // namespace longtail

#pragma once

#include <cstdint>
#include <string>

#include "core/data/frequency_split.h"

namespace longtail::app {

struct InstanceStatsArguments {
  std::string annotations;
  double threshold = 0.001;
  FrequencyBounds bounds;  // where the file tells no frequencies
  std::int64_t most = 10;
  bool per_class = false;
  bool json = false;
};

/// `longtail data stats` of a COCO or LVIS annotation file.
void run_instance_stats(const InstanceStatsArguments& arguments);

}  // namespace longtail::app

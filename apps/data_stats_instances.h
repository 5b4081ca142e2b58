#pragma once

#include <cstdint>
#include <string>

namespace longtail::app {

struct InstanceStatsArguments {
  std::string annotations;
  double threshold = 0.001;
  std::int64_t most = 10;
  bool per_class = false;
  bool json = false;
};

/// `longtail data stats` of a COCO or LVIS annotation file.
void run_instance_stats(const InstanceStatsArguments& arguments);

}  // namespace longtail::app

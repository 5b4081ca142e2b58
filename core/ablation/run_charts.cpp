#include "core/ablation/run_charts.h"

#include <cctype>

namespace longtail {

RunHistory::Curve percent(RunHistory::Curve curve) {
  for (auto& point : curve) point.second *= 100;
  return curve;
}

ChartOptions by_epoch(const std::string& title, const std::string& unit) {
  return {title, "epoch", unit, false, {}, {}};
}

ChartOptions by_frequency(const std::string& measure, const std::string& remark) {
  std::string title = measure + " by training frequency" + remark;
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  return {title, "training images of a class", measure + ", %", true, 0.0, 100.0};
}

}  // namespace longtail

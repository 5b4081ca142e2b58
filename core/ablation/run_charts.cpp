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

std::string uncounted_html(const ClassScores& scores) {
  if (!scores.uncounted) return "";
  return "<p class=\"quiet\">" + by_frequency(scores.measure).title +
         " is not shown in full: per_class.csv does not tell the training images of every class, as data.train was not "
         "given.</p>\n";
}

}  // namespace longtail

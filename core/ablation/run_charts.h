#pragma once

#include <string>

#include "core/ablation/chart.h"
#include "core/ablation/run_history.h"

namespace longtail {

/// Fractions as percent.
RunHistory::Curve percent(RunHistory::Curve curve);

ChartOptions by_epoch(const std::string& title, const std::string& unit);

/// Of a `measure` in percent ("accuracy", "AP") over the classes' training images; the title ends with `remark`.
ChartOptions by_frequency(const std::string& measure, const std::string& remark = "");

/// Says that such a chart is missing because the training images of some classes are not known; "" where they are.
std::string uncounted_html(const ClassScores& scores);

}  // namespace longtail

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longtail {

struct ChartSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x, y; points that are not finite are left out
  bool dots = false;                              // dots instead of a line
};

struct ChartOptions {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool log_x = false;  // points with x <= 0 are left out
  std::optional<double> y_min;
  std::optional<double> y_max;
};

/// A line or dot chart as one inline <figure> with an SVG in it: axes with round ticks, a legend, colours that people
/// with colour blindness can tell apart. Long series are thinned to a few hundred points by averaging. "" when there is
/// nothing to draw.
std::string chart_html(const std::vector<ChartSeries>& series, const ChartOptions& options);

/// `text` with &, <, >, " and ' written as entities; control characters become spaces.
std::string html_escaped(std::string_view text);

}  // namespace longtail

#include "core/ablation/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace longtail {
namespace {

// Okabe and Ito's palette, without the yellow that is hard to see on white.
constexpr std::array<std::string_view, 7> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                      "#e69f00", "#56b4e9", "#333333"};
constexpr double kWidth = 560, kHeight = 300;
constexpr double kLeft = 56, kRight = 20, kTop = 10, kBottom = 40;
constexpr std::size_t kMostPoints = 300;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

/// Averages neighbours until a line has few enough points to draw.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<std::pair<double, double>> result;
  for (std::size_t i = 0; i < kMostPoints; ++i) {
    const std::size_t begin = i * points.size() / kMostPoints;
    const std::size_t end = (i + 1) * points.size() / kMostPoints;
    std::pair<double, double> mean = {0, 0};
    for (std::size_t j = begin; j < end; ++j) {
      mean.first += points[j].first / static_cast<double>(end - begin);
      mean.second += points[j].second / static_cast<double>(end - begin);
    }
    result.push_back(mean);
  }
  return result;
}

/// Round numbers that cover the range in four to nine steps.
std::vector<double> ticks_of(const Range& range) {
  const double span = range.high - range.low;
  const double magnitude = std::pow(10.0, std::floor(std::log10(span / 5)));
  double step = magnitude;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (span / step > 8) step = factor * magnitude;
  }
  std::vector<double> ticks;
  for (double tick = std::ceil(range.low / step - 1e-9) * step; tick <= range.high + step * 1e-9; tick += step) {
    ticks.push_back(std::abs(tick) < step * 1e-9 ? 0 : tick);
  }
  return ticks;
}

/// 1, 2, 5, 10 ... inside the range.
std::vector<double> log_ticks_of(const Range& range) {
  std::vector<double> ticks;
  const bool wide = range.high / range.low > 300;
  for (double power = std::pow(10.0, std::floor(std::log10(range.low))); power <= range.high; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * power;
      if (tick >= range.low * 0.999 && tick <= range.high * 1.001 && (!wide || factor == 1.0)) ticks.push_back(tick);
    }
  }
  return ticks;
}

class Chart {
 public:
  Chart(const std::vector<ChartSeries>& series, const ChartOptions& options) : options_(options) {
    for (const ChartSeries& one : series) {
      ChartSeries kept = one;
      kept.points.clear();
      for (const auto& [x, y] : one.points) {
        if (std::isfinite(x) && std::isfinite(y) && (!options.log_x || x > 0)) kept.points.emplace_back(x, y);
      }
      if (!kept.dots) kept.points = thinned(kept.points);
      for (const auto& [x, y] : kept.points) {
        x_.add(x);
        y_.add(y);
      }
      series_.push_back(std::move(kept));
    }
    if (!empty()) settle_ranges();
  }

  bool empty() const { return x_.empty(); }

  std::string html() const {
    std::string svg = fmt::format(
        "<figure><figcaption>{}</figcaption>{}<svg viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-label=\"{}\">\n",
        html_escaped(options_.title), legend(), kWidth, kHeight, html_escaped(options_.title));
    svg += axes();
    for (std::size_t i = 0; i < series_.size(); ++i) svg += draw(series_[i], kColours[i % kColours.size()]);
    return svg + "</svg></figure>\n";
  }

 private:
  void settle_ranges() {
    if (options_.y_min) y_.low = *options_.y_min;
    if (options_.y_max) y_.high = *options_.y_max;
    if (!(y_.high > y_.low)) y_.high = y_.low + std::max(1e-3, std::abs(y_.low) * 0.1);
    if (!(x_.high > x_.low)) {
      x_.high = options_.log_x ? x_.low * 2 : x_.low + 1;
      x_.low = options_.log_x ? x_.low / 2 : x_.low - 1;
    }
  }

  double place_x(double x) const {
    const double share =
        options_.log_x ? std::log(x / x_.low) / std::log(x_.high / x_.low) : (x - x_.low) / (x_.high - x_.low);
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  double place_y(double y) const {
    const double share = std::clamp((y - y_.low) / (y_.high - y_.low), 0.0, 1.0);
    return kHeight - kBottom - share * (kHeight - kTop - kBottom);
  }

  std::string legend() const {
    if (series_.size() < 2) return "";
    std::string text = "<div class=\"legend\">";
    for (std::size_t i = 0; i < series_.size(); ++i) {
      if (series_[i].points.empty()) continue;
      text += fmt::format("<span><i style=\"background:{}\"></i>{}</span>", kColours[i % kColours.size()],
                          html_escaped(series_[i].name));
    }
    return text + "</div>";
  }

  std::string axes() const {
    std::string svg;
    for (const double tick : ticks_of(y_)) {
      svg += fmt::format(
          "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
          "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n",
          kLeft, kWidth - kRight, place_y(tick), place_y(tick), kLeft - 6, place_y(tick) + 4, tick);
    }
    for (const double tick : options_.log_x ? log_ticks_of(x_) : ticks_of(x_)) {
      svg += fmt::format(
          "<line class=\"tick\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>"
          "<text x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4:.6g}</text>\n",
          place_x(tick), kHeight - kBottom, kHeight - kBottom + 4, kHeight - kBottom + 17, tick);
    }
    svg += fmt::format("<line class=\"axis\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>\n", kLeft, kWidth - kRight,
                       kHeight - kBottom);
    svg += fmt::format("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                       (kLeft + kWidth - kRight) / 2, kHeight - 6, html_escaped(options_.x_label));
    svg += fmt::format(
        "<text class=\"label\" transform=\"translate(13 {:.1f}) rotate(-90)\" "
        "text-anchor=\"middle\">{}</text>\n",
        (kTop + kHeight - kBottom) / 2, html_escaped(options_.y_label));
    return svg;
  }

  std::string draw(const ChartSeries& series, std::string_view colour) const {
    std::string svg;
    if (series.dots || series.points.size() == 1) {
      for (const auto& [x, y] : series.points) {
        svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\" fill-opacity=\"0.6\"/>", place_x(x),
                           place_y(y), colour);
      }
      return svg + '\n';
    }
    std::string points;
    for (const auto& [x, y] : series.points) {
      points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", place_x(x), place_y(y));
    }
    svg = fmt::format(
        "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-linejoin=\"round\" "
        "points=\"{}\"/>\n",
        colour, points);
    for (const auto& [x, y] : series.points) {
      if (series.points.size() > 40) break;
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.4\" fill=\"{}\"/>", place_x(x), place_y(y), colour);
    }
    return svg;
  }

  ChartOptions options_;
  std::vector<ChartSeries> series_;
  Range x_, y_;
};

}  // namespace

std::string chart_html(const std::vector<ChartSeries>& series, const ChartOptions& options) {
  const Chart chart(series, options);
  return chart.empty() ? "" : chart.html();
}

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return result;
}

}  // namespace longtail

#include "core/draw/instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "core/draw/canvas.h"
#include "core/draw/text.h"

namespace longtail {
namespace {

constexpr double kTextHeight = 11;  // of a capital letter, pixels of the drawing
constexpr double kSmall = 0.65;     // letters beside small objects
constexpr double kCaptionHeight = 9;

cv::Mat view_of(Image& image) { return {image.height, image.width, CV_8UC3, image.pixels.data()}; }

Image scaled(const Image& image, int height, int width) {
  Image out;
  out.resize(height, width);
  cv::Mat to = view_of(out);
  const cv::Mat from(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  const bool smaller = height < image.height || width < image.width;
  cv::resize(from, to, to.size(), 0, 0, smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
}

cv::Scalar scalar_of(std::int64_t label) {
  const auto color = class_color(label);
  return {static_cast<double>(color[0]), static_cast<double>(color[1]), static_cast<double>(color[2])};
}

// Draws on a picture that is `scale` times as large as the one the instances belong to.
class InstancePainter {
 public:
  InstancePainter(cv::Mat rgb, double scale, const DrawOptions& options)
      : rgb_(std::move(rgb)), scale_(scale), options_(options), line_(std::max(1, (rgb_.rows + rgb_.cols) / 900)) {}

  void draw_mask(const DrawnInstance& instance) {
    if (instance.mask.counts.empty() || rle_area(instance.mask) == 0) return;
    cv::Mat columns(instance.mask.width, instance.mask.height, CV_8U);
    rle_decode(instance.mask, columns.data);
    cv::Mat mask = columns.t() * 255;
    cv::resize(mask, mask, rgb_.size(), 0, 0, cv::INTER_LINEAR);
    mask = mask >= 128;
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(mask, outlines, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
    if (outlines.empty()) return;
    cv::Rect around;
    for (const auto& outline : outlines) around |= cv::boundingRect(outline);
    cv::Mat part = rgb_(around), tinted;
    cv::addWeighted(part, 1 - options_.mask_opacity, cv::Mat(part.size(), CV_8UC3, scalar_of(instance.label)),
                    options_.mask_opacity, 0, tinted);
    tinted.copyTo(part, mask(around));
    cv::drawContours(rgb_, outlines, -1, scalar_of(instance.label), line_, cv::LINE_AA);
  }

  void draw_box(const DrawnInstance& instance) {
    if (instance.box.w > 0 && instance.box.h > 0) {
      cv::rectangle(rgb_, rect_of(instance.box), scalar_of(instance.label), line_, cv::LINE_AA);
    }
  }

  void draw_label(const DrawnInstance& instance, const TextPainter& large, const TextPainter& small) {
    std::string text = to_ascii(instance.name);
    if (instance.score >= 0) text += fmt::format("{}{:.2f}", text.empty() ? "" : " ", instance.score);
    if (text.empty()) return;
    const cv::Rect box = rect_of(instance.box);
    const TextPainter& painter = large.size(text).area() > box.area() / 4 ? small : large;
    const cv::Rect place = free_place(box, painter.size(text));
    painter.draw(text, place, scalar_of(instance.label), rgb_);
    labels_.push_back(place);
  }

 private:
  cv::Rect rect_of(const BoxXywh& box) const {
    const auto at = [this](double value) { return static_cast<int>(std::lround(value * scale_)); };
    return {at(box.x), at(box.y), at(box.x + box.w) - at(box.x), at(box.y + box.h) - at(box.y)};
  }

  // At the corners of the box, outside and inside; the first place that covers no other label, or else the one that
  // covers least.
  cv::Rect free_place(const cv::Rect& box, const cv::Size& size) const {
    const int right = box.x + box.width - size.width, bottom = box.y + box.height;
    const cv::Point places[] = {
        {box.x, box.y - size.height}, {box.x, box.y},  {box.x, bottom}, {box.x, bottom - size.height},
        {right, box.y - size.height}, {right, bottom}, {right, box.y},  {right, bottom - size.height}};
    cv::Rect best;
    double least = 1e18;
    for (const cv::Point& place : places) {
      const cv::Rect rect(std::clamp(place.x, 0, std::max(0, rgb_.cols - size.width)),
                          std::clamp(place.y, 0, std::max(0, rgb_.rows - size.height)), size.width, size.height);
      double covered = 0;
      for (const cv::Rect& other : labels_) covered += (rect & other).area();
      if (covered >= least) continue;
      least = covered;
      best = rect;
    }
    return best;
  }

  cv::Mat rgb_;
  double scale_;
  const DrawOptions& options_;
  int line_;
  std::vector<cv::Rect> labels_;
};

}  // namespace

std::array<std::uint8_t, 3> class_color(std::int64_t label) {
  // Steps of the golden ratio around the circle of hues never come close to each other soon.
  const double hue = std::fmod(static_cast<double>(label) * 0.6180339887498949 + 0.03, 1.0);
  const Color color = from_hsv(hue, label % 2 == 0 ? 0.9 : 0.65, label % 3 == 2 ? 0.75 : 1.0);
  const auto byte = [](float value) { return static_cast<std::uint8_t>(std::lround(value * 255)); };
  return {byte(color.r), byte(color.g), byte(color.b)};
}

Image draw_instances(const Image& image, const std::vector<DrawnInstance>& instances, const DrawOptions& options) {
  keep_opencv_to_one_thread();
  const double scale = std::max(1.0, static_cast<double>(options.least_side) / std::max(image.height, image.width));
  Image out = scale > 1 ? scaled(image, static_cast<int>(std::lround(image.height * scale)),
                                 static_cast<int>(std::lround(image.width * scale)))
                        : image;
  std::vector<std::size_t> order(instances.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return instances[a].box.w * instances[a].box.h > instances[b].box.w * instances[b].box.h;
  });
  InstancePainter painter(view_of(out), scale, options);
  for (const std::size_t i : order) painter.draw_mask(instances[i]);
  for (const std::size_t i : order) painter.draw_box(instances[i]);
  // Many names need smaller letters, and so do small objects: a name should not hide what it names.
  const double height =
      kTextHeight * (instances.size() > 25 ? 0.7 : 1.0) * std::clamp(std::max(out.height, out.width) / 900.0, 0.8, 2.0);
  const TextPainter large(height), small(kSmall * height);
  for (const std::size_t i : order) painter.draw_label(instances[i], large, small);
  return out;
}

Image make_mosaic(const std::vector<MosaicTile>& tiles, int cell_width, int cell_height) {
  keep_opencv_to_one_thread();
  constexpr int kGap = 8;
  const TextPainter text(kCaptionHeight);
  const int caption = text.size("Ag").height;
  const auto count = static_cast<int>(tiles.size());
  const int columns = std::max(1, static_cast<int>(std::ceil(std::sqrt(count * 16.0 / 9 * cell_height / cell_width))));
  const int rows = (count + columns - 1) / columns;
  const int step_x = cell_width + kGap, step_y = cell_height + caption + kGap;
  Image out;
  out.resize(std::max(1, rows) * step_y + kGap, columns * step_x + kGap);
  cv::Mat rgb = view_of(out);
  const cv::Scalar ground(32, 34, 38);
  rgb.setTo(ground);
  for (int i = 0; i < count; ++i) {
    const MosaicTile& tile = tiles[static_cast<std::size_t>(i)];
    const double scale = std::min(static_cast<double>(cell_width) / tile.image.width,
                                  static_cast<double>(cell_height) / tile.image.height);
    const int height = std::clamp(static_cast<int>(tile.image.height * scale), 1, cell_height);
    const int width = std::clamp(static_cast<int>(tile.image.width * scale), 1, cell_width);
    Image small = scaled(tile.image, height, width);
    const int left = kGap + i % columns * step_x, top = kGap + i / columns * step_y;
    view_of(small).copyTo(
        rgb(cv::Rect(left + (cell_width - width) / 2, top + (cell_height - height) / 2, width, height)));
    const std::string words = to_ascii(tile.caption);
    cv::Mat below = rgb(cv::Rect(left, top + cell_height, cell_width, caption));
    const double fits = std::min(1.0, static_cast<double>(cell_width) / text.size(words).width);
    const TextPainter fitted(kCaptionHeight * fits);
    fitted.draw(words, cv::Rect(cv::Point(0, 0), fitted.size(words)), ground, below);
  }
  return out;
}

}  // namespace longtail

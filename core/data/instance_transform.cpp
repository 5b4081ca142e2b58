#include "core/data/instance_transform.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace longtail {

void InstanceTransform::Params::bind(ParamBinder& p) {
  p("short_sides", short_sides, "Training: lengths of the short side, pixels, of which one is drawn", in(1, 16384));
  p("test_short_side", test_short_side, "Length of the short side at test time", in(1, 16384));
  p("max_long_side", max_long_side, "The long side does not grow longer than this; the short side is shorter then",
    in(1, 65536));
  p("flip", flip, "Training: probability of a mirror image", in(0, 1));
  p("resize", resize,
    "before: 8-bit values are scaled, then normalised, sizes rounded, as mmdetection does; after: floats are, sizes "
    "rounded down, as torchvision does",
    one_of({"before", "after"}));
  p("mean", mean, "Mean of R, G, B, of values in [0, 1]");
  p("std", std, "Standard deviation of R, G, B", greater_than(0));
  p("pad_to", pad_to, "Height and width of a batch are multiples of this", in(1, 1024));
  p.check(!short_sides.empty(), "'short_sides' needs an entry");
  p.check(mean.size() == 3 && std.size() == 3, "'mean' and 'std' need 3 entries each: R, G, B");
}

InstanceTransform::InstanceTransform(Params params)
    : params_(std::move(params)), normalizer_(params_.mean, params_.std), bytes_first_(params_.resize == "before") {}

InstanceView InstanceTransform::train_view(int height, int width, Rng& rng) const {
  InstanceView made = view(height, width, params_.short_sides[rng.below(params_.short_sides.size())]);
  made.flip = rng.bernoulli(params_.flip);
  return made;
}

InstanceView InstanceTransform::test_view(int height, int width) const {
  return view(height, width, params_.test_short_side);
}

double InstanceTransform::usual_scale(int height, int width) const {
  std::vector<std::int64_t> sides = params_.short_sides;
  std::sort(sides.begin(), sides.end());
  const InstanceView usual = view(height, width, sides[sides.size() / 2]);
  return std::min(usual.scale_x, usual.scale_y);
}

InstanceView InstanceTransform::view(int height, int width, std::int64_t short_side) const {
  const int least = std::min(height, width), most = std::max(height, width);
  InstanceView made;
  if (bytes_first_) {
    const double scale =
        std::min(static_cast<double>(short_side) / least, static_cast<double>(params_.max_long_side) / most);
    made.height = static_cast<int>(height * scale + 0.5);
    made.width = static_cast<int>(width * scale + 0.5);
  } else {
    // torchvision divides float tensors, by way of the reciprocal: for 427 x 640 that makes 799 x 1199.
    const float scale = std::min(static_cast<float>(short_side) * (1.0f / static_cast<float>(least)),
                                 static_cast<float>(params_.max_long_side) * (1.0f / static_cast<float>(most)));
    made.height = static_cast<int>(height * static_cast<double>(scale));
    made.width = static_cast<int>(width * static_cast<double>(scale));
  }
  made.height = std::max(1, made.height);
  made.width = std::max(1, made.width);
  made.scale_x = static_cast<double>(made.width) / width;
  made.scale_y = static_cast<double>(made.height) / height;
  return made;
}

InstanceTransform::Picture InstanceTransform::scale(ImageReader& reader, const InstanceView& view) const {
  keep_opencv_to_one_thread();
  const Image& image = reader.decode();
  const cv::Mat decoded(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  const bool same_size = image.height == view.height && image.width == view.width;
  const cv::Size size(view.width, view.height);
  Picture picture;
  if (bytes_first_ || same_size) {
    picture.bytes.resize(view.height, view.width);
    cv::Mat scaled(view.height, view.width, CV_8UC3, picture.bytes.pixels.data());
    if (same_size) {
      decoded.copyTo(scaled);
    } else {
      cv::resize(decoded, scaled, size, 0, 0, cv::INTER_LINEAR);
    }
    return picture;
  }
  cv::Mat values;
  decoded.convertTo(values, CV_32F);
  picture.floats.height = view.height;
  picture.floats.width = view.width;
  picture.floats.pixels.resize(static_cast<std::size_t>(view.height) * view.width * 3);
  cv::Mat scaled(view.height, view.width, CV_32FC3, picture.floats.pixels.data());
  cv::resize(values, scaled, size, 0, 0, cv::INTER_LINEAR);
  return picture;
}

std::int64_t InstanceTransform::padded(std::int64_t side) const {
  return (side + params_.pad_to - 1) / params_.pad_to * params_.pad_to;
}

void InstanceTransform::write(const Picture& picture, const InstanceView& view, std::int64_t height, std::int64_t width,
                              float* out) const {
  if (picture.floats.pixels.empty()) {
    normalizer_.place(picture.bytes, view.flip, height, width, out);
  } else {
    normalizer_.place(picture.floats, view.flip, height, width, out);
  }
}

}  // namespace longtail

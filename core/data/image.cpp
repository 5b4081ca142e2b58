#include "core/data/image.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/data/jpeg_decoder.h"
#include "core/data/orientation.h"
#include "registry/files/input_file.h"

namespace longtail {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;  // of a file: far more than a picture that may be decoded

// Reads a whole file with the fewest system calls: small pictures are read by the tens of thousands.
std::string read_file(const std::string& path, std::vector<std::uint8_t>& bytes) {
  InputFile file(path);
  if (!file.is_open()) return file.reason();
  if (file.size() > kMaxBytes) return fmt::format("{} MiB are too many for a picture", file.size() >> 20);
  bytes.resize(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(bytes.data(), bytes.size()));
  return file.reason();
}

// Cameras and microscopes store 10 to 14 bits in 16: of these the upper 8 are almost nothing.
std::string warning_of_dark(const cv::Mat& picture, const std::string& name) {
  constexpr double kDark = 64;  // 14 bits
  double most = 0;
  cv::minMaxLoc(picture.reshape(1), nullptr, &most);
  if (most >= kDark) return {};
  return fmt::format(
      "{}: nearly black: it has 16 bits a value, of which the upper 8 are read, as OpenCV does, and of these none is "
      "above {:.0f} of 255; if its values have fewer bits, scale them up first (12 bits: by 16)",
      name, most);
}

}  // namespace

ImageReader::ImageReader(const ImageOptions& options) : options_(options), jpeg_(std::make_unique<JpegDecoder>()) {}
ImageReader::~ImageReader() = default;

void keep_opencv_to_one_thread() {
  static const bool done = (cv::setNumThreads(0), true);
  static_cast<void>(done);
}

void Image::resize(int new_height, int new_width) {
  height = new_height;
  width = new_width;
  pixels.resize(static_cast<std::size_t>(height) * width * 3);
}

void write_image(const std::string& file, const Image& image, int jpeg_quality) {
  const cv::Mat rgb(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  bool good = false;
  try {
    good = cv::imwrite(file, bgr, {cv::IMWRITE_JPEG_QUALITY, jpeg_quality});
  } catch (const cv::Exception&) {  // a folder that does not exist, an ending that is no picture's
  }
  if (!good) throw Error(ExitCode::other, fmt::format("{}: cannot be written; is the disk full?", file));
}

void ImageReader::fail(const std::string& problem) const {
  throw DataError(fmt::format("{}: {}; {}", name_, problem, advice_));
}

void ImageReader::open(const std::string& path) {
  name_ = path;
  const std::string problem = read_file(path, bytes_);
  if (!problem.empty()) fail(fmt::format("cannot be read: {}", problem));
  check();
}

void ImageReader::open_bytes(std::vector<std::uint8_t> bytes, std::string name) {
  name_ = std::move(name);
  bytes_ = std::move(bytes);
  check();
}

void ImageReader::check() {
  warning_.clear();
  header_ = inspect_image(bytes_.data(), bytes_.size(), options_);
  if (!header_.problem.empty()) fail(header_.problem);
  height_ = header_.height;
  width_ = header_.width;
  if (options_.exif_orientation && swaps_sides(header_.orientation)) std::swap(height_, width_);
}

const Image& ImageReader::decode() { return decode({0, 0, height_, width_}); }

const Image& ImageReader::decode(const Rect& region) {
  if (!options_.exif_orientation || header_.orientation == 1) {
    decode_stored(region, image_);
    return image_;
  }
  decode_stored(stored_part(region, header_.height, header_.width, header_.orientation), stored_);
  turn_upright(stored_, header_.orientation, image_);
  return image_;
}

void ImageReader::decode_stored(const Rect& region, Image& out) {
  if (header_.format != ImageFormat::jpeg) return decode_png(region, out);
  const std::string problem = jpeg_->decode(bytes_.data(), bytes_.size(), region, out);
  if (!problem.empty()) fail(problem);
}

void ImageReader::decode_png(const Rect& region, Image& out) {
  keep_opencv_to_one_thread();
  const bool whole = region.height == header_.height && region.width == header_.width;
  cv::Mat bgr, decoded;
  if (whole) {
    out.resize(region.height, region.width);
    bgr = cv::Mat(region.height, region.width, CV_8UC3, out.pixels.data());  // decoded in its place
  }
  try {
    decoded = cv::imdecode(cv::Mat(1, static_cast<int>(bytes_.size()), CV_8U, bytes_.data()),
                           cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION, &bgr);
  } catch (const cv::Exception& error) {
    fail(fmt::format("corrupt PNG: {}", error.err));
  }
  if (decoded.rows != header_.height || decoded.cols != header_.width) fail("corrupt PNG: it cannot be decoded");
  if (header_.bits == 16) warning_ = warning_of_dark(decoded, name_);
  if (decoded.data == out.pixels.data()) {
    for (std::size_t i = 0; i < out.pixels.size(); i += 3) std::swap(out.pixels[i], out.pixels[i + 2]);
    return;
  }
  out.resize(region.height, region.width);
  cv::Mat rgb(region.height, region.width, CV_8UC3, out.pixels.data());
  cv::cvtColor(decoded(cv::Rect(region.left, region.top, region.width, region.height)), rgb, cv::COLOR_BGR2RGB);
}

}  // namespace longtail

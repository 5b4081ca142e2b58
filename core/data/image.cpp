#include "core/data/image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/data/jpeg_decoder.h"

namespace longtail {
namespace {

// Reads a whole file with the fewest system calls: small pictures are read by the tens of thousands.
std::string read_file(const std::string& path, std::vector<std::uint8_t>& bytes) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::strerror(errno);
  struct stat status {};
  std::string problem;
  if (::fstat(file, &status) != 0) {
    problem = std::strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    problem = "not a file";
  } else {
    bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count = ::read(file, bytes.data() + done, bytes.size() - done);
      if (count > 0) {
        done += static_cast<std::size_t>(count);
      } else if (count == 0 || errno != EINTR) {
        if (count < 0) problem = std::strerror(errno);
        break;
      }
    }
    bytes.resize(done);
  }
  ::close(file);
  return problem;
}

}  // namespace

ImageReader::ImageReader() : jpeg_(std::make_unique<JpegDecoder>()) {}
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
  throw DataError(fmt::format(
      "{}: {}; replace the file, take it off the list, or leave such pictures out with 'data.bad_image: skip'", name_,
      problem));
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
  const ImageHeader header = inspect_image(bytes_.data(), bytes_.size());
  if (!header.problem.empty()) fail(header.problem);
  height_ = header.height;
  width_ = header.width;
  format_ = header.format;
}

const Image& ImageReader::decode() { return decode({0, 0, height_, width_}); }

const Image& ImageReader::decode(const Rect& region) {
  if (format_ == ImageFormat::jpeg) {
    const std::string problem = jpeg_->decode(bytes_.data(), bytes_.size(), region, image_);
    if (!problem.empty()) fail(problem);
  } else {
    decode_png(region);
  }
  return image_;
}

void ImageReader::decode_png(const Rect& region) {
  keep_opencv_to_one_thread();
  cv::Mat bgr;
  try {
    bgr = cv::imdecode(cv::Mat(1, static_cast<int>(bytes_.size()), CV_8U, bytes_.data()),
                       cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    fail(fmt::format("corrupt PNG: {}", error.err));
  }
  if (bgr.rows != height_ || bgr.cols != width_) fail("corrupt PNG: it cannot be decoded");
  image_.resize(region.height, region.width);
  cv::Mat rgb(region.height, region.width, CV_8UC3, image_.pixels.data());
  cv::cvtColor(bgr(cv::Rect(region.left, region.top, region.width, region.height)), rgb, cv::COLOR_BGR2RGB);
}

}  // namespace longtail

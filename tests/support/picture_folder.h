#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "tests/support/temporary_folder.h"

namespace longtail::testing {

/// A folder for lists and pictures, named by text.
class TempFolder {
 public:
  std::string path(const std::string& name = "") const {
    return (name.empty() ? folder_.path() : folder_ / name).string();
  }
  std::string write(const std::string& name, const std::string& content) const {
    return folder_.write(name, content).string();
  }

  /// A JPEG or PNG (by the name's ending) with a gradient that `seed` shifts.
  std::string write_picture(const std::string& name, int height, int width, int seed = 0) const {
    cv::Mat image(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        image.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x * 5 + seed), static_cast<std::uint8_t>(y * 3 + seed),
                                     static_cast<std::uint8_t>((x + y) * 2 + seed * 7)};
      }
    }
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    cv::imwrite(path(name), image);
    return path(name);
  }

 private:
  test::TemporaryFolder folder_;
};

inline std::string read_bytes(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace longtail::testing

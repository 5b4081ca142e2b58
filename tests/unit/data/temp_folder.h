#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

namespace longtail::testing {

/// A folder that goes with the test.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "longtail_data_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(const std::string& name = "") const { return name.empty() ? path_ : path_ + '/' + name; }

  std::string write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
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
  std::string path_;
};

inline std::string read_bytes(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace longtail::testing

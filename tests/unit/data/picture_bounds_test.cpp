#include <gmock/gmock.h>
#include <longtail/error.h>

#include <opencv2/imgcodecs.hpp>

#include "core/data/image.h"
#include "tests/support/exif_pictures.h"
#include "tests/support/picture_folder.h"
#include "tests/unit/data/oracle_pictures.h"

namespace longtail {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::number_bytes;
using testing::oracle_path;
using testing::png_chunk;
using testing::read_bytes;
using testing::TempFolder;

std::string problem_of(const std::string& bytes, const ImageOptions& options = {}) {
  try {
    ImageReader reader(options);
    reader.open_bytes({bytes.begin(), bytes.end()}, "x");
    reader.decode();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no problem";
}

// A progressive JPEG whose last scan, a refinement that says nothing new to most blocks, comes again and again.
std::string many_scans(int more) {
  const std::string jpeg = read_bytes(oracle_path("input_422_progressive.jpg"));
  const std::size_t last = jpeg.rfind("\xff\xda");
  const std::string scan = jpeg.substr(last, jpeg.size() - 2 - last);
  std::string bytes = jpeg.substr(0, jpeg.size() - 2);
  for (int i = 0; i < more; ++i) bytes += scan;
  return bytes + jpeg.substr(jpeg.size() - 2);
}

TEST(PictureBounds, JpegsOfManyScansAreRefusedBeforeTheyAreDecoded) {
  EXPECT_EQ(problem_of(many_scans(0)), "no problem");
  EXPECT_THAT(problem_of(many_scans(60)), AllOf(HasSubstr("a JPEG of more than 50 scans"), HasSubstr("data.max_scans"),
                                                HasSubstr("data.bad_image: skip")));
  ImageOptions options;
  options.max_scans = 3;
  EXPECT_THAT(problem_of(many_scans(0), options), HasSubstr("more than 3 scans"));
  options.max_scans = 1000;
  EXPECT_THAT(problem_of(many_scans(60), options), ::testing::Not(HasSubstr("scans")));
}

std::string png_of(std::uint32_t width, std::uint32_t height) {
  const std::string head =
      number_bytes(width, 4, false) + number_bytes(height, 4, false) + std::string("\x08\x02\0\0\0", 5);
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", head) + png_chunk("IDAT", "x") + png_chunk("IEND", "");
}

TEST(PictureBounds, PicturesOfManyPixelsAreRefusedBeforeTheyAreDecoded) {
  EXPECT_THAT(problem_of(png_of(16384, 16384)),
              AllOf(HasSubstr("16384 x 16384 pixels are too many"), HasSubstr("data.max_pixels is 100000000"),
                    HasSubstr("raise it")));
  EXPECT_THAT(problem_of(png_of(10001, 10000)), HasSubstr("are too many"));
  EXPECT_THAT(problem_of(png_of(100, 100)), HasSubstr("corrupt PNG"));
  ImageOptions options;
  options.max_pixels = 47 * 61 - 1;
  for (const std::string name : {"input_420.jpg", "input.png"}) {
    EXPECT_THAT(problem_of(read_bytes(oracle_path(name)), options), HasSubstr("61 x 47 pixels are too many"));
  }
  options.max_pixels = 47 * 61;
  EXPECT_EQ(problem_of(read_bytes(oracle_path("input.png")), options), "no problem");
}

// A decoder takes the first size, so the second must not be the one that is looked at.
TEST(PictureBounds, APngWithASecondSizeIsRefused) {
  const std::string small = number_bytes(8, 4, false) + number_bytes(8, 4, false) + std::string("\x08\x02\0\0\0", 5);
  const std::string bomb = png_of(16384, 6000);
  const std::size_t behind_head = 8 + 25;
  EXPECT_THAT(problem_of(bomb.substr(0, behind_head) + png_chunk("IHDR", small) + bomb.substr(behind_head)),
              HasSubstr("corrupt PNG: a second picture size at byte 33"));
}

TEST(PictureBounds, WhatIsNoPictureIsNamedWithWhatToDo) {
  EXPECT_THAT(problem_of("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(problem_of("<html><body>404</body></html>"), HasSubstr("HTML"));
  EXPECT_THAT(problem_of(std::string("\x1f\x8b\x08\0", 4)), HasSubstr("gunzip"));
  EXPECT_THAT(problem_of("RIFF1234WEBPVP8 "), HasSubstr("neither JPEG nor PNG; this is a WebP: convert it"));
  EXPECT_THAT(problem_of(std::string("II*\0....", 8)), HasSubstr("a TIFF"));
  EXPECT_THAT(problem_of(std::string("\0\0\0\x18"
                                     "ftypheic....",
                                     16)),
              HasSubstr("a HEIC"));
}

std::string sixteen_bits(const TempFolder& folder, int most) {
  cv::Mat image(20, 30, CV_16UC1);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      image.at<std::uint16_t>(y, x) = static_cast<std::uint16_t>(most * (y * image.cols + x) / (20 * 30 - 1));
    }
  }
  const std::string file = folder.path("x" + std::to_string(most) + ".png");
  cv::imwrite(file, image);
  return file;
}

TEST(SixteenBits, ValuesOfFewerBitsAreReadAsOpenCvDoesWithAWarning) {
  const TempFolder folder;
  ImageReader reader;
  const std::string file = sixteen_bits(folder, 4095);
  reader.open(file);
  EXPECT_EQ(reader.warning(), "");
  const Image& image = reader.decode();
  const cv::Mat theirs = cv::imread(file, cv::IMREAD_COLOR);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) ASSERT_EQ(image.row(y)[3 * x], theirs.at<cv::Vec3b>(y, x)[0]);
  }
  EXPECT_EQ(reader.warning(), file +
                                  ": nearly black: it has 16 bits a value, of which the upper 8 are read, as OpenCV "
                                  "does, and of these none is above 15 of 255; if its values have fewer bits, scale "
                                  "them up first (12 bits: by 16)");
  reader.decode({3, 3, 5, 5});
  EXPECT_NE(reader.warning(), "") << "a part tells it, too";
  for (const int most : {255, 1023, 16383}) {
    reader.open(sixteen_bits(folder, most));
    reader.decode();
    EXPECT_THAT(reader.warning(), HasSubstr(" above " + std::to_string(most >> 8) + " of 255"));
  }
  reader.open(sixteen_bits(folder, 65535));
  reader.decode();
  EXPECT_EQ(reader.warning(), "");
  folder.write_picture("dark.png", 4, 4);
  reader.open(folder.path("dark.png"));
  reader.decode();
  EXPECT_EQ(reader.warning(), "") << "eight bits are what they are";
}

}  // namespace
}  // namespace longtail

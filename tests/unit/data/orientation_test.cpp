#include "core/data/orientation.h"

#include <gmock/gmock.h>
#include <longtail/error.h>
#include <longtail/rng.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

#include "core/data/exif.h"
#include "core/data/picture_size.h"
#include "tests/support/exif_pictures.h"
#include "tests/support/picture_folder.h"
#include "tests/unit/data/oracle_pictures.h"

namespace longtail {
namespace {

using testing::exif_data;
using ::testing::HasSubstr;
using testing::jpeg_with_exif;
using testing::oracle_path;
using testing::png_with_exif;
using testing::read_bytes;
using testing::TempFolder;
using testing::visual_place;

constexpr ImageOptions kUpright{/*exif_orientation=*/true};

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

int told(const std::string& data) {
  return exif_orientation(reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
}

Image decoded(const std::string& bytes, const ImageOptions& options = {}) {
  ImageReader reader(options);
  reader.open_bytes(bytes_of(bytes), "x");
  return reader.decode();
}

void expect_upright(const Image& upright, const Image& stored, int orientation, const std::string& what) {
  ASSERT_EQ(upright.pixels.size(), stored.pixels.size()) << what;
  ASSERT_EQ(upright.height, orientation >= 5 ? stored.width : stored.height) << what;
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column) {
      const auto [y, x] = visual_place(row, column, stored.height, stored.width, orientation);
      const std::uint8_t* const from = stored.row(row) + 3 * column;
      ASSERT_TRUE(std::equal(from, from + 3, upright.row(y) + 3 * x)) << what << ' ' << row << ' ' << column;
    }
  }
}

TEST(Exif, TellsTheOrientationInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little : {false, true}) EXPECT_EQ(told(exif_data(orientation, little)), orientation);
  }
}

TEST(Exif, WhatIsDamagedOrUnknownIsUpright) {
  for (const int orientation : {0, 9, 255, 65535}) EXPECT_EQ(told(exif_data(orientation, true)), 1) << orientation;
  const std::string whole = exif_data(6, true);
  for (std::size_t size = 0; size < 20; ++size) EXPECT_EQ(told(whole.substr(0, size)), 1) << size;
  std::string beyond = whole;
  beyond.replace(4, 4, "\xf0\xff\xff\xff");  // the directory lies outside
  EXPECT_EQ(told(beyond), 1);
  std::string many = whole;
  many.replace(8, 2, "\xff\xff");  // entries that are not there
  EXPECT_EQ(told(many), 6);
  EXPECT_EQ(told("XX" + whole.substr(2)), 1);
  Rng rng(1);
  for (int i = 0; i < 10000; ++i) {
    std::string damaged = whole;
    for (int k = 0; k < 3; ++k) damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
    const int orientation = told(damaged);
    EXPECT_TRUE(orientation >= 1 && orientation <= 8);
  }
}

TEST(ExifOrientation, PicturesStandUprightInAllEightAndInPngAndJpeg) {
  const std::string jpeg = read_bytes(oracle_path("input_420.jpg")), png = read_bytes(oracle_path("input.png"));
  const Image stored_jpeg = decoded(jpeg), stored_png = decoded(png);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little : {false, true}) {
      const std::string what = std::to_string(orientation) + (little ? " II" : " MM");
      expect_upright(decoded(jpeg_with_exif(jpeg, orientation, little), kUpright), stored_jpeg, orientation, what);
      for (const bool behind : {false, true}) {
        const std::string turned = png_with_exif(png, orientation, little, behind);
        expect_upright(decoded(turned, kUpright), stored_png, orientation, what);
        expect_upright(decoded(turned), stored_png, 1, what + " not asked for");
      }
    }
  }
}

TEST(ExifOrientation, JpegsLookAsOpenCvReadsThem) {
  const TempFolder folder;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string file =
        folder.write("x.jpg", jpeg_with_exif(read_bytes(oracle_path("input_420.jpg")), orientation, true));
    ImageReader reader(kUpright);
    reader.open(file);
    const Image& image = reader.decode();
    const cv::Mat theirs = cv::imread(file, cv::IMREAD_COLOR);  // B, G, R
    ASSERT_EQ(image.height, theirs.rows);
    ASSERT_EQ(image.width, theirs.cols);
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          ASSERT_NEAR(image.row(y)[3 * x + c], theirs.at<cv::Vec3b>(y, x)[2 - c], 1) << orientation;
        }
      }
    }
  }
}

TEST(ExifOrientation, PartsAreThoseOfTheUprightPicture) {
  Rng rng(2);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const std::string& bytes : {jpeg_with_exif(read_bytes(oracle_path("input_420.jpg")), orientation, false),
                                     png_with_exif(read_bytes(oracle_path("input.png")), orientation, false)}) {
      const Image whole = decoded(bytes, kUpright);
      ImageReader reader(kUpright);
      reader.open_bytes(bytes_of(bytes), "x");
      for (int i = 0; i < 30; ++i) {
        Rect part;
        part.height = 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(whole.height)));
        part.width = 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(whole.width)));
        part.top = static_cast<int>(rng.below(static_cast<std::uint64_t>(whole.height - part.height + 1)));
        part.left = static_cast<int>(rng.below(static_cast<std::uint64_t>(whole.width - part.width + 1)));
        const Image& image = reader.decode(part);
        ASSERT_EQ(image.height, part.height);
        for (int y = 0; y < part.height; ++y) {
          const std::uint8_t* const expected = whole.row(part.top + y) + 3 * part.left;
          ASSERT_TRUE(std::equal(expected, expected + 3 * part.width, image.row(y))) << orientation;
        }
      }
    }
  }
}

TEST(ExifOrientation, OfTwoExifBlocksOfAJpegTheFirstCounts) {
  const std::string jpeg = read_bytes(oracle_path("input_420.jpg"));
  EXPECT_EQ(decoded(jpeg_with_exif(jpeg_with_exif(jpeg, 1, true), 6, true), kUpright).width, decoded(jpeg).height);
}

TEST(ExifOrientation, SizesOfTheStoredPictureAreNamedWithTheRemedy) {
  const std::string bytes = jpeg_with_exif(read_bytes(oracle_path("input_420.jpg")), 6, true);  // stored: 61 x 47
  ImageReader upright(kUpright), stored;
  upright.open_bytes(bytes_of(bytes), "x");
  stored.open_bytes(bytes_of(bytes), "x");
  EXPECT_EQ(size_problem(upright, 47, 61, "image 1 of a.json", "--root"), "");
  EXPECT_EQ(size_problem(stored, 61, 47, "image 1 of a.json", "--root"), "");
  EXPECT_THAT(size_problem(upright, 61, 47, "image 1 of a.json", "--root"),
              HasSubstr("47 x 61 pixels once its EXIF orientation (6) turns it upright, but image 1 of a.json has "
                        "61 x 47, the size as it is stored: the annotations were made on stored pictures; set "
                        "data.exif_orientation to false"));
  EXPECT_THAT(size_problem(stored, 47, 61, "image 1 of a.json", "--root"),
              HasSubstr("set data.exif_orientation to true"));
  EXPECT_EQ(size_problem(upright, 40, 61, "image 1 of a.json", "data.train_images"),
            "47 x 61 pixels, but image 1 of a.json has 40 x 61; check that data.train_images and the annotations "
            "belong together");
}

}  // namespace
}  // namespace longtail

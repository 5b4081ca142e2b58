#include "core/data/image.h"

#include <gmock/gmock.h>
#include <longtail/error.h>
#include <longtail/rng.h>

#include <algorithm>
#include <cstdlib>

#include "core/data/image_format.h"
#include "tests/support/picture_folder.h"
#include "tests/unit/data/oracle_pictures.h"

namespace longtail {
namespace {

using ::testing::HasSubstr;
using testing::max_difference;
using testing::oracle_path;
using testing::read_bytes;
using testing::read_picture;
using testing::TempFolder;

std::vector<std::uint8_t> bytes_of(const std::string& file) {
  const std::string text = read_bytes(file);
  return {text.begin(), text.end()};
}

std::string problem_of(std::vector<std::uint8_t> bytes) {
  try {
    ImageReader reader;
    reader.open_bytes(std::move(bytes), "x.jpg");
    reader.decode();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no problem";
}

// libjpeg's accurate integer transform gives the same bytes in every build of libjpeg-turbo; grey and ink conversions
// may round differently by one.
TEST(ImageReader, DecodesWhatPillowDecodes) {
  for (const std::string stem : {"input_420", "input_422_progressive", "input_grey", "input_cmyk"}) {
    EXPECT_LE(max_difference(read_picture(stem + ".jpg"), read_picture(stem + "_decoded.png")), 1) << stem;
  }
}

TEST(ImageReader, PartsAreWhatTheWholePictureHasThere) {
  Rng rng(1);
  for (const std::string name :
       {"input_420.jpg", "input_422_progressive.jpg", "input_grey.jpg", "input_cmyk.jpg", "input.png"}) {
    const Image whole = read_picture(name);
    ImageReader reader;
    reader.open(oracle_path(name));
    for (int i = 0; i < 200; ++i) {
      Rect part;
      part.height = 1 + static_cast<int>(rng.below(whole.height));
      part.width = 1 + static_cast<int>(rng.below(whole.width));
      part.top = static_cast<int>(rng.below(whole.height - part.height + 1));
      part.left = static_cast<int>(rng.below(whole.width - part.width + 1));
      const Image& image = reader.decode(part);
      for (int y = 0; y < part.height; ++y) {
        const std::uint8_t* const expected = whole.row(part.top + y) + part.left * 3;
        ASSERT_TRUE(std::equal(expected, expected + part.width * 3, image.row(y)))
            << name << ' ' << part.top << ' ' << part.left << ' ' << part.height << ' ' << part.width << " row " << y;
      }
    }
  }
}

TEST(ImageReader, OneReaderReadsManyFiles) {
  ImageReader reader;
  reader.open(oracle_path("input_420.jpg"));
  reader.decode({10, 10, 5, 5});
  EXPECT_THROW(reader.open(oracle_path("missing.jpg")), DataError);
  reader.open(oracle_path("input.png"));
  EXPECT_EQ(reader.decode().height, 47);
  reader.open(oracle_path("input_420.jpg"));
  EXPECT_EQ(reader.decode().width, 61);
}

TEST(ImageReader, RefusesEveryTruncation) {
  for (const std::string name : {"input_420.jpg", "input_422_progressive.jpg", "input.png"}) {
    const std::vector<std::uint8_t> whole = bytes_of(oracle_path(name));
    EXPECT_EQ(problem_of(whole), "no problem");
    const std::size_t trailer = name == "input.png" ? 4 : 0;  // of a PNG, the end's checksum is not looked at
    for (std::size_t size = 0; size + trailer < whole.size(); size += 1 + size / 40) {
      EXPECT_NE(problem_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "no problem")
          << name << " cut at " << size;
    }
  }
}

TEST(ImageReader, RefusesPicturesWithAHole) {
  auto bytes = bytes_of(oracle_path("input_420.jpg"));
  const auto size = static_cast<std::ptrdiff_t>(bytes.size());
  bytes.erase(bytes.begin() + size / 2, bytes.end() - 2);  // the end marker is there, rows are not
  EXPECT_THAT(problem_of(bytes), HasSubstr("corrupt JPEG: "));
  auto png = bytes_of(oracle_path("input.png"));
  png[png.size() / 2] ^= 0x10;
  EXPECT_THAT(problem_of(png), HasSubstr("corrupt PNG"));
}

// libjpeg takes the first size; the second promised rows that never come.
TEST(ImageReader, RefusesASecondPictureSize) {
  const auto whole = bytes_of(oracle_path("input_420.jpg"));
  const std::uint8_t frame[] = {0xff, 0xc0};
  const auto begin = std::search(whole.begin(), whole.end(), std::begin(frame), std::end(frame));
  ASSERT_NE(begin, whole.end());
  std::vector<std::uint8_t> second(begin, begin + 2 + begin[2] * 256 + begin[3]);
  second[5] = 1;  // height: 256 more
  auto behind = whole;
  behind.insert(behind.end() - 2, second.begin(), second.end());  // before the end marker
  EXPECT_THAT(problem_of(behind), HasSubstr("corrupt JPEG: a second picture size at byte"));
  auto before = whole;
  before.insert(before.begin() + (begin - whole.begin()), second.begin(), second.end());
  EXPECT_THAT(problem_of(before), HasSubstr("corrupt JPEG: a second picture size at byte"));
}

TEST(ImageReader, SaysWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(problem_of({}),
            "x.jpg: empty file; replace the file, take it off the list, or leave such pictures out with "
            "'data.bad_image: skip'");
  EXPECT_THAT(problem_of({'G', 'I', 'F', '8', '9', 'a'}), HasSubstr("x.jpg: neither JPEG nor PNG; "));
  EXPECT_THAT(problem_of({0xff, 0xd8, 0xff, 0xe0}), HasSubstr("truncated JPEG: it ends after 4 bytes"));
  const TempFolder folder;
  ImageReader reader;
  EXPECT_THROW(reader.open(folder.path()), DataError);
}

TEST(ImageReader, StrayBytesAfterTheEndAreHarmless) {
  auto bytes = bytes_of(oracle_path("input_420.jpg"));
  bytes.insert(bytes.end(), {0, 1, 2, 0xff});
  EXPECT_EQ(problem_of(bytes), "no problem");
}

TEST(ImageReader, SurvivesRandomDamage) {
  Rng rng(3);
  for (const std::string name : {"input_420.jpg", "input_422_progressive.jpg", "input.png"}) {
    const std::vector<std::uint8_t> whole = bytes_of(oracle_path(name));
    for (int i = 0; i < 300; ++i) {
      auto bytes = whole;
      for (int k = 0; k < 4; ++k) bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.below(256));
      problem_of(std::move(bytes));  // refused or decoded, but no crash
    }
  }
}

TEST(ImageFormat, RefusesHeadersThatAskForTooMuch) {
  auto bytes = bytes_of(oracle_path("input.png"));
  bytes[16] = bytes[20] = 0x10;
  EXPECT_THAT(inspect_image(bytes.data(), bytes.size()).problem, HasSubstr("are too many"));
}

}  // namespace
}  // namespace longtail

#include "core/data/image_root.h"

#include <gmock/gmock.h>
#include <longtail/error.h>

#include <vector>

#include "tests/support/picture_folder.h"

namespace longtail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;

PictureNames names(std::vector<std::string> all) {
  return [all = std::move(all)](std::int64_t i) { return all[static_cast<std::size_t>(i)]; };
}

TEST(PicturePath, AbsoluteNamesAreTakenAsTheyAre) {
  EXPECT_EQ(picture_path("/data", "a/1.jpg"), "/data/a/1.jpg");
  EXPECT_EQ(picture_path("/data", "/elsewhere/1.jpg"), "/elsewhere/1.jpg");
  EXPECT_EQ(picture_path(".", "1.jpg"), "./1.jpg");
}

TEST(PicturePath, BackSlashesAreFoldersWhereSuchAFileExists) {
  const TempFolder folder;
  const std::string root = folder.path();
  folder.write("a/b/1.jpg", "x");
  folder.write("a\\2.jpg", "x");  // on Linux a name like any other
  EXPECT_EQ(picture_path(root, "a\\b\\1.jpg"), root + "/a/b/1.jpg");
  EXPECT_EQ(picture_path(root, "a\\2.jpg"), root + "/a\\2.jpg");
  EXPECT_EQ(picture_path(root, "a\\3.jpg"), root + "/a\\3.jpg");
}

TEST(PicturePath, NamesOf2014AreFoundUnderThoseOf2017) {
  const TempFolder folder;
  folder.write("000000000042.jpg", "x");
  EXPECT_EQ(picture_name(folder.path(), "COCO_train2014_000000000042.jpg"), "000000000042.jpg");
}

TEST(ImageRoot, ChecksTheFilesThatTheReaderOpens) {
  const TempFolder folder, empty;
  const std::string picture = folder.write("a/1.jpg", "x");
  EXPECT_NO_THROW(check_image_root(empty.path(), "data.root", "l.txt", 1, names({picture})));
  EXPECT_NO_THROW(check_image_root(folder.path(), "data.root", "l.txt", 1, names({"a\\1.jpg"})));
  try {
    check_image_root(empty.path(), "data.root", "l.txt", 1, names({"a\\1.jpg"}));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no 'a\\1.jpg' in it, with back slashes or with folders, nor any other"));
  }
}

TEST(MissingPictures, AreAllCountedAndTheFirstNamedWithTheReason) {
  const TempFolder folder;
  const std::string root = folder.path();
  std::vector<std::string> all;
  for (int i = 0; i < 1000; ++i) all.push_back("p" + std::to_string(i) + ".jpg");
  for (const std::string& name : all) folder.write(name, "");
  std::vector<std::int64_t> steps;
  const auto progress = [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 1000);
    steps.push_back(done);
  };
  EXPECT_EQ(find_missing_pictures(root, 1000, names(all), progress).count, 0);
  EXPECT_THAT(steps, ElementsAre(256, 512, 768, 1000));
  all[7] = "none.jpg";
  all[300] = ".";
  all[301] = "x\\y.jpg";
  all[302] = "C:\\data\\y.jpg";
  for (std::size_t i = 900; i < 910; ++i) all[i] = "none.jpg";
  const MissingPictures missing = find_missing_pictures(root, 1000, names(all), {});
  EXPECT_EQ(missing.count, 14);
  EXPECT_THAT(
      missing.examples,
      ElementsAre(root + "/none.jpg (No such file or directory)", root + "/. (this is a folder)",
                  root + "/x\\y.jpg (there is none with back slashes in its name, nor one in folders of these "
                         "names)",
                  root + "/C:\\data\\y.jpg (a path of Windows)", root + "/none.jpg (No such file or directory)"));
}

}  // namespace
}  // namespace longtail

#include "core/data/data_check.h"

#include <gmock/gmock.h>

#include "tests/support/exif_pictures.h"
#include "tests/support/picture_folder.h"

namespace longtail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read_bytes;
using ::testing::SizeIs;
using testing::TempFolder;

class DataCheckTest : public ::testing::Test {
 protected:
  ListedPicture picture(const std::string& name, std::int64_t label = 0) {
    ListedPicture made;
    made.name = name;
    made.path = folder_.path(name);
    made.label = label;
    return made;
  }

  TempFolder folder_;
};

TEST_F(DataCheckTest, FindsWhatCannotBeUsed) {
  folder_.write_picture("good.jpg", 20, 30, 1);
  folder_.write_picture("cut.jpg", 20, 30, 2);
  folder_.write("cut.jpg", read_bytes(folder_.path("good.jpg")).substr(0, 300));
  folder_.write_picture("size.png", 20, 30, 3);
  ListedSplit split;
  split.name = "train";
  split.class_counts = {3, 0, 1};
  split.pictures = {picture("good.jpg"), picture("none.jpg"), picture("cut.jpg"), picture("size.png")};
  split.pictures[3].width = 20;
  split.pictures[3].height = 30;
  split.pictures[3].annotation = "image 4 of a.json";
  const DataCheck check = check_data({split}, {}, 2, {});
  ASSERT_THAT(check.splits, SizeIs(1));
  const SplitCheck& train = check.splits[0];
  EXPECT_EQ(train.pictures, 4);
  ASSERT_THAT(train.broken, SizeIs(3));
  EXPECT_EQ(train.broken[0].picture, "none.jpg");
  EXPECT_EQ(train.broken[0].what, "cannot be read: No such file or directory");
  EXPECT_EQ(train.broken[1].what, "truncated JPEG: it ends after 300 bytes without an end marker");
  EXPECT_THAT(train.broken[2].what, HasSubstr("30 x 20 pixels, but image 4 of a.json has 20 x 30"));
  EXPECT_EQ(train.classes.empty, 1);
  EXPECT_EQ(train.classes.largest, 3);
  EXPECT_TRUE(check.is_broken());
}

TEST_F(DataCheckTest, FindsCopiesAndLeaksByContent) {
  folder_.write_picture("a.png", 8, 8, 1);
  folder_.write_picture("b.png", 8, 8, 2);
  folder_.write("copy/a2.png", read_bytes(folder_.path("a.png")));
  folder_.write("val/b2.png", read_bytes(folder_.path("b.png")));
  ListedSplit train, val;
  train.name = "train";
  train.pictures = {picture("a.png", 0), picture("b.png", 1), picture("copy/a2.png", 1)};
  val.name = "val";
  val.pictures = {picture("val/b2.png", 1)};
  std::vector<std::int64_t> steps;
  const DataCheck check = check_data({train, val}, {}, 1, [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 4);
    steps.push_back(done);
  });
  EXPECT_THAT(steps, ElementsAre(1, 2, 3, 4));
  ASSERT_THAT(check.splits[0].duplicates, SizeIs(1));
  EXPECT_THAT(check.splits[0].duplicates[0].pictures, ElementsAre("a.png", "copy/a2.png"));
  EXPECT_TRUE(check.splits[0].duplicates[0].other_labels);
  EXPECT_THAT(check.splits[1].duplicates, IsEmpty());
  ASSERT_THAT(check.leaks, SizeIs(1));
  EXPECT_THAT(check.leaks[0].pictures, ElementsAre("train: b.png", "val: val/b2.png"));
  EXPECT_FALSE(check.leaks[0].other_labels);
  EXPECT_FALSE(check.is_broken()) << "copies can be used";
}

TEST_F(DataCheckTest, FindsOddSizesAndTellsHowManyAreTurned) {
  for (int i = 0; i < 9; ++i) folder_.write_picture(std::to_string(i) + ".jpg", 40, 60, i);
  folder_.write_picture("tiny.png", 4, 4);
  folder_.write_picture("huge.png", 400, 400);
  folder_.write_picture("strip.png", 40, 400);
  const std::string turned = testing::jpeg_with_exif(read_bytes(folder_.path("0.jpg")), 6, true);
  folder_.write("0.jpg", turned);
  ListedSplit split;
  for (int i = 0; i < 9; ++i) split.pictures.push_back(picture(std::to_string(i) + ".jpg"));
  for (const char* name : {"tiny.png", "huge.png", "strip.png"}) split.pictures.push_back(picture(name));
  const DataCheck check = check_data({split}, {/*exif_orientation=*/true}, 0, {});
  const SplitCheck& all = check.splits[0];
  EXPECT_EQ(all.turned, 1);
  EXPECT_EQ(all.height.median, 40);
  EXPECT_EQ(all.width.most, 400);
  ASSERT_THAT(all.odd, SizeIs(3));
  EXPECT_EQ(all.odd[0].what, "4 x 4 pixels: far smaller than the others (40 as a rule)");
  EXPECT_EQ(all.odd[1].what, "400 x 400 pixels: far larger than the others (40 as a rule)");
  EXPECT_EQ(all.odd[2].what, "400 x 40 pixels: far from square");
  EXPECT_FALSE(check.is_broken());
}

}  // namespace
}  // namespace longtail

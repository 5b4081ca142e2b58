#include "core/data/image_list.h"

#include <gmock/gmock.h>
#include <longtail/error.h>

#include "tests/support/picture_folder.h"

namespace longtail {
namespace {

using longtail::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string message_of(const std::string& file, std::int64_t num_classes = 0) {
  try {
    read_image_list(file, num_classes);
  } catch (const DataError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "no error";
}

TEST(ImageList, TheLabelFollowsTheLastBlank) {
  const TempFolder folder;
  const auto file = folder.write("list.txt", "a/1.jpg 0\r\n\nwith blank/in it.jpg  2\r\n  b/3.jpg\t1\t\nlast.png 0");
  const ImageList list = read_image_list(file);
  EXPECT_THAT(list.paths, ElementsAre("a/1.jpg", "with blank/in it.jpg", "b/3.jpg", "last.png"));
  EXPECT_THAT(list.labels, ElementsAre(0, 2, 1, 0));
  EXPECT_EQ(list.num_classes, 3);
  EXPECT_EQ(read_image_list(file, 7).num_classes, 7);
}

TEST(ImageList, ReportsEveryBadLineWithItsPlace) {
  const TempFolder folder;
  const auto file = folder.write("l.txt", "a.jpg 0\nb.jpg\nc.jpg x\nd.jpg -1\ne.jpg 3\na.jpg 1\nf.jpg 1.5\n7\n");
  EXPECT_EQ(message_of(file, 3), file + ":2: error: expected `relative/path label`, found 'b.jpg'\n" + file +
                                     ":3: error: expected `relative/path label`, found 'c.jpg x'\n" + file +
                                     ":4: error: label -1 is outside 0 ... 2; correct it, or data.num_classes\n" +
                                     file + ":5: error: label 3 is outside 0 ... 2; correct it, or data.num_classes\n" +
                                     file + ":6: error: 'a.jpg' is already on line 1; name each picture once\n" + file +
                                     ":7: error: expected `relative/path label`, found 'f.jpg 1.5'\n" + file +
                                     ":8: error: expected `relative/path label`, found '7'");
}

TEST(ImageList, ReportsTenLinesAndCountsTheRest) {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 25; ++i) text += "broken" + std::to_string(i) + "\n";
  const std::string message = message_of(folder.write("l.txt", text));
  EXPECT_THAT(message, HasSubstr("l.txt:10: "));
  EXPECT_THAT(message, Not(HasSubstr("l.txt:11: ")));
  EXPECT_THAT(message, HasSubstr("l.txt: error: 15 more bad lines, 25 in all"));
}

TEST(ImageList, LabelsFarBeyondTheNumberOfPicturesAreSlips) {
  const TempFolder folder;
  const auto file = folder.write("l.txt", "a.jpg 0\nb.jpg 9223372036854775807\n\nc.jpg 999999\nd.jpg 1000000\n");
  const std::string rest =
      " is far beyond the 4 pictures of the list; labels count from 0: correct it, or say data.num_classes if it is "
      "meant";
  EXPECT_EQ(message_of(file),
            file + ":2: error: label 9223372036854775807" + rest + "\n" + file + ":5: error: label 1000000" + rest);
  const auto meant = folder.write("m.txt", "a.jpg 0\nd.jpg 1000000\n");
  EXPECT_EQ(read_image_list(meant, 2000000).num_classes, 2000000);
  EXPECT_EQ(read_image_list(folder.write("n.txt", "a.jpg 999999\n")).num_classes, 1000000);
}

TEST(ImageList, MissingAndEmptyListsSayWhatToDo) {
  const TempFolder folder;
  EXPECT_EQ(message_of(folder.path("no.txt")),
            folder.path("no.txt") +
                ": the image list does not exist; give a file with a line `relative/path label` for each picture");
  EXPECT_THAT(message_of(folder.write("empty.txt", "\n\n")), HasSubstr("the image list is empty"));
  EXPECT_THAT(message_of(folder.path()), HasSubstr("cannot be read"));
}

TEST(ClassNames, AreAsManyAsClasses) {
  const TempFolder folder;
  const auto file = folder.write("names.txt", "cat\r\nred fox\n");
  EXPECT_THAT(read_class_names(file, 2), ElementsAre("cat", "red fox"));
  EXPECT_THROW(read_class_names(file, 3), DataError);
  EXPECT_THROW(read_class_names(folder.path("none"), 2), DataError);
}

}  // namespace
}  // namespace longtail

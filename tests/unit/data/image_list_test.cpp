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
                                     ":3: error: the label must be a whole number from 0, found 'x'\n" + file +
                                     ":4: error: label -1 is outside 0 ... 2; correct it, or data.num_classes\n" +
                                     file + ":5: error: label 3 is outside 0 ... 2; correct it, or data.num_classes\n" +
                                     file + ":6: error: 'a.jpg' is already on line 1; name each picture once\n" + file +
                                     ":7: error: the label must be a whole number from 0, found '1.5'\n" + file +
                                     ":8: error: expected `relative/path label`, found '7'");
}

TEST(ImageList, AWholeNumberMayBeWrittenWithZerosAfterThePoint) {
  const TempFolder folder;
  const ImageList list = read_image_list(folder.write("l.txt", "a.jpg 0.0\nb.jpg 2.00\nc.0 1\n"));
  EXPECT_THAT(list.labels, ElementsAre(0, 2, 1));
  EXPECT_EQ(list.num_classes, 3);
}

TEST(ImageList, SaysWhatIsWrongWithALabel) {
  const TempFolder folder;
  const std::string file = folder.path("l.txt");
  const std::string whole = "the label must be a whole number from 0, found '";
  const std::string comma = "a space or a tab separates the path and the label, not a comma: found '";
  for (const auto& [line, told] : std::vector<std::pair<std::string, std::string>>{
           {"a.jpg grinning_face", whole + "grinning_face'"},
           {"with blank/a.jpg x", whole + "x'"},
           {"a.jpg 1.", whole + "1.'"},
           {"a.jpg .0", whole + ".0'"},
           {"a.jpg -.0", whole + "-.0'"},
           {"a.jpg 3,5", whole + "3,5'"},
           {"a.jpg 0,", whole + "0,'"},
           {"a.jpg 0.01", whole + "0.01'"},
           {"a.jpg 1.0.0", whole + "1.0.0'"},
           {"a.jpg 99999999999999999999", "label 99999999999999999999 is too large; labels count from 0: correct it"},
           {"a.jpg 99999999999999999999.0", "label 99999999999999999999.0 is too large"},
           {"a.jpg -99999999999999999999", "label -99999999999999999999 is too small"},
           {"a.jpg -1.0", "label -1 is outside 0, 1, 2, ..."},
           {"a.jpg,0", comma + "a.jpg,0'"},
           {"with blank/a.jpg,0", comma + "with blank/a.jpg,0'"},
           {",", "expected `relative/path label`, found ','"},
           {"a,b.jpg", "expected `relative/path label`, found 'a,b.jpg'"}}) {
    folder.write("l.txt", line + "\n");
    EXPECT_THAT(message_of(file), HasSubstr(file + ":1: error: " + told)) << line;
  }
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

TEST(ImageList, AByteOrderMarkAndOldLineEndsAreNoPartOfIt) {
  const TempFolder folder;
  EXPECT_THAT(read_image_list(folder.write("bom.txt",
                                           "\xEF\xBB\xBF"
                                           "a.jpg 0\r\nb.jpg 1\r\n"))
                  .paths,
              ElementsAre("a.jpg", "b.jpg"));
  EXPECT_THAT(read_image_list(folder.write("mac.txt", "a.jpg 0\rb.jpg 1\r")).paths, ElementsAre("a.jpg", "b.jpg"));
  EXPECT_THAT(message_of(folder.write("lines.txt", "a.jpg 0\r\n\r\nbroken\r\n")), HasSubstr("lines.txt:3: error"));
  EXPECT_THAT(read_class_names(folder.write("names.txt",
                                            "\xEF\xBB\xBF"
                                            "cat\nfox\n"),
                               2),
              ElementsAre("cat", "fox"));
}

TEST(ImageList, WhatIsNoTextInUtf8IsNamedWithWhatToDo) {
  const TempFolder folder;
  const std::string file = folder.path("l.txt");
  for (const auto& [bytes, told] : std::vector<std::pair<std::string, std::string>>{
           {std::string("\xff\xfe"
                        "a\0 \0"
                        "0\0",
                        8),
            "this is text in UTF-16; save it as UTF-8"},
           {std::string("\x1f\x8b\x08\0", 4), "this is compressed by gzip; unpack it with 'gunzip'"},
           {"<!DOCTYPE html>\n", "this is a page of HTML, an error page perhaps; download the file again"},
           {"version https://git-lfs.github.com/spec/v1\n",
            "this is a pointer of Git LFS, not the file itself; fetch it with 'git lfs pull'"},
           {std::string("a.jpg 0\n\0\0", 10), "this is no text; give a file with a line"}}) {
    folder.write("l.txt", bytes);
    EXPECT_THAT(message_of(file), HasSubstr(file + ": the image list cannot be read: " + told));
    try {
      read_class_names(file, 2);
      ADD_FAILURE() << told;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("the file of class names cannot be read: this is"));
    }
  }
}

TEST(ImageList, LabelsThatSeemToCountFromOneAreDoubted) {
  const TempFolder folder;
  const auto from_one = folder.write("one.txt", "a.jpg 1\nb.jpg 2\nc.jpg 3\n");
  EXPECT_EQ(
      doubt_about_labels(read_image_list(from_one)),
      from_one +
          ": the smallest label is 1, so that class 0 of 4 has no image; labels count from 0: if these count from "
          "1, subtract 1 from each");
  EXPECT_THAT(message_of(from_one, 3), HasSubstr("one.txt: error: the labels are 1 ... 3, but they count from 0"));
  for (const char* lines : {"a.jpg 0\nb.jpg 1\n", "a.jpg 2\nb.jpg 3\n"}) {
    EXPECT_EQ(doubt_about_labels(read_image_list(folder.write("l.txt", lines))), "") << lines;
  }
}

TEST(ClassNames, AreAsManyAsClasses) {
  const TempFolder folder;
  const auto file = folder.write("names.txt", "cat\r\nred fox\n");
  EXPECT_THAT(read_class_names(file, 2), ElementsAre("cat", "red fox"));
  EXPECT_THROW(read_class_names(file, 3), DataError);
  EXPECT_THROW(read_class_names(folder.path("none"), 2), DataError);
}

TEST(ClassNames, AreUtf8) {
  const TempFolder folder;
  const auto file = folder.write("names.txt", "cat\ncaf\xe9\n");
  try {
    read_class_names(file, 2);
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), file + ": the file of class names cannot be read: line 2 is not UTF-8; save it as UTF-8");
  }
}

TEST(ClassNames, EqualOnesAreDoubted) {
  EXPECT_EQ(doubt_about_names("n.txt", {"a", "b", "c"}), "");
  EXPECT_EQ(doubt_about_names("n.txt", {"a", "b", "x", "c", "d", "x"}),
            "n.txt: class names 2 and 5 are both 'x'; classes count from 0: give each a name of its own");
  EXPECT_THAT(doubt_about_names("n.txt", {"x", "x", "x"}),
              HasSubstr("0 and 1 are both 'x', and 1 more was given before;"));
}

}  // namespace
}  // namespace longtail

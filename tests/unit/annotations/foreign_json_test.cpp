#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>
#include <zlib.h>

#include <string>
#include <utility>

#include "core/annotations/annotation_set.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kGood = R"({"categories": [{"id": 1, "name": "cat"}],
"images": [{"id": 1, "width": 30, "height": 20, "file_name": "a.jpg"}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 1, "area": 4, "bbox": [0, 0, 2, 2]},
 {"id": 2, "image_id": 1, "category_id": 1, "area": 4, "bbox": [0, 0, 2, 2], "segmentation": [[0, 0, 2, 0, 2, 2]]}]})";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.rfind(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// As gzip packs it.
std::string packed(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

/// ASCII as UTF-16, low byte first.
std::string utf16(const std::string& text) {
  std::string out;
  for (const char c : text) out += {c, '\0'};
  return out;
}

class ForeignJson : public ::testing::Test {
 protected:
  AnnotationSet read(const std::string& bytes, BadAnnotation policy = BadAnnotation::stop) {
    problems_ = {};
    return read_annotations(folder_.write("a.json", bytes).string(), policy, &problems_);
  }
  std::string error_of(const std::string& bytes, BadAnnotation policy = BadAnnotation::stop) {
    try {
      read(bytes, policy);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }
  /// The object is named, and left out under skip.
  std::string broken_object(const std::string& from, const std::string& to) {
    const std::string text = replaced(kGood, from, to), message = error_of(text);
    EXPECT_THAT(message, HasSubstr("(line 5): annotations[1]: "));
    EXPECT_THAT(read(text, BadAnnotation::skip).objects, SizeIs(1));
    EXPECT_EQ(problems_.skipped, 1);
    return message;
  }

  test::TemporaryFolder folder_;
  AnnotationProblems problems_;
};

TEST_F(ForeignJson, AByteOrderMarkIsIgnored) {
  EXPECT_THAT(read(std::string("\xef\xbb\xbf") + kGood).objects, SizeIs(2));
  EXPECT_THAT(error_of("\xef\xbb\xbf"), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of(std::string("\xef\xbb\xbf\xef\xbb\xbf") + kGood),
              EndsWith("a.json: is text behind two byte order marks; save it as UTF-8 with one or none"));
}

TEST_F(ForeignJson, GzipIsReadAsItIs) {
  EXPECT_THAT(read(packed(kGood)).objects, SizeIs(2));
  EXPECT_THAT(read(packed(std::string("\xef\xbb\xbf") + kGood)).objects, SizeIs(2));
  const std::string half = std::string(kGood).substr(0, 200), rest = std::string(kGood).substr(200);
  EXPECT_THAT(read(packed(half) + packed(rest)).objects, SizeIs(2)) << "members one after the other are one text";
}

TEST_F(ForeignJson, BrokenGzipIsNamed) {
  const std::string good = packed(kGood);
  EXPECT_THAT(error_of(good.substr(0, good.size() / 2)), HasSubstr("a.json: the gzip data end too early"));
  EXPECT_THAT(error_of(good.substr(0, 2)), HasSubstr("the gzip data end too early"));
  std::string damaged = good;
  for (std::size_t i = 20; i < 40; ++i) damaged[i] = '\x55';
  EXPECT_THAT(error_of(damaged), HasSubstr("the gzip data are damaged"));
  EXPECT_THAT(error_of(packed(std::string(100 << 20, ' '))), HasSubstr("unpacks to more than 200 times its size"));
}

TEST_F(ForeignJson, OtherFormatsAreNamedWithWhatToDo) {
  EXPECT_THAT(error_of("\xff\xfe" + utf16(kGood)), HasSubstr("a.json: this is text in UTF-16; save it as UTF-8"));
  EXPECT_THAT(error_of(utf16(kGood)), HasSubstr("UTF-16"));
  EXPECT_THAT(error_of("<!DOCTYPE html>\n<html>"), HasSubstr("a.json: this is a page of HTML"));
  EXPECT_THAT(error_of("\n  <html><body>"), HasSubstr("this is a page of HTML"));
  EXPECT_THAT(error_of("\n<?xml version=\"1.0\"?><annotation>"), HasSubstr("is XML or HTML, not JSON"));
  EXPECT_THAT(error_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"),
              HasSubstr("this is a pointer of Git LFS, not the file itself; fetch it with 'git lfs pull'"));
  EXPECT_THAT(error_of("PK\x03\x04xxxx"), HasSubstr("this is a zip archive; unpack it"));
  EXPECT_THAT(error_of("BZh91AY"), HasSubstr("bunzip2"));
  EXPECT_THAT(error_of("\x80\x04\x95"), HasSubstr("is a pickle of Python; write it with json.dump"));
  EXPECT_THAT(error_of(std::string(64, '\0')), HasSubstr("is full of zero bytes"));
  EXPECT_THAT(error_of("{'images': []}"), HasSubstr("JSON's quotes are double; write it with json.dump"));
  EXPECT_THAT(error_of(packed("<html>")), HasSubstr("this is a page of HTML"));
}

TEST_F(ForeignJson, AnotherShapeIsNamed) {
  EXPECT_THAT(error_of(R"([{"image_id": 1, "category_id": 1}])"),
              HasSubstr("it is a list, as results are; annotations are one object {\"images\": [...]"));
  EXPECT_THAT(error_of("{\"image_id\": 1}\n{\"image_id\": 1}\n"), HasSubstr("it is JSON lines, an object in each"));
  EXPECT_THAT(error_of(replaced(kGood, "\"images\": [", "\"images\": {}, \"pictures\": [")),
              EndsWith("'images' is an object {...}, not a list [...]; correct the file"));
  EXPECT_THAT(error_of(replaced(kGood, "\"images\": [", "\"images\": null, \"pictures\": [")),
              HasSubstr("'images' is null, not a list [...]"));
}

TEST_F(ForeignJson, AValueThatIsNoObjectIsNamed) {
  for (const auto& [text, what] : {std::pair("null", "null"), std::pair(" null\n", "null"),
                                   std::pair("\"annotations\"", "a text"), std::pair("-3.5", "a number or the like"),
                                   std::pair("\xef\xbb\xbf"
                                             "true",
                                             "a number or the like")}) {
    EXPECT_THAT(error_of(text), EndsWith(std::string("a.json: is ") + what +
                                         "; annotations are one object {\"images\": [...], \"categories\": [...], "
                                         "\"annotations\": [...]}"));
  }
  for (const char* text : {"nul", "nan", "null null", "\"annotations", "1, 2", "annotations"}) {
    EXPECT_THAT(error_of(text), EndsWith("this is not JSON")) << text;
  }
}

TEST_F(ForeignJson, TextThatIsNotUtf8IsNamedWithWhatToDo) {
  EXPECT_THAT(error_of(replaced(kGood, "\"area\": 4", "\"by\": \"Andr\xe9\", \"area\": 4")),
              EndsWith("(line 5): annotations[1]: is not JSON: The input is not valid UTF-8; save it as UTF-8"));
}

TEST_F(ForeignJson, NumbersThatAreNoneAreBrokenObjects) {
  EXPECT_THAT(broken_object("[0, 0, 2, 2]", "[0, NaN, 2, 2]"), HasSubstr("'bbox' holds NaN, which is no number"));
  EXPECT_THAT(broken_object("[0, 0, 2, 2]", "[0, 0, Infinity, 2]"),
              HasSubstr("'bbox' holds Infinity, which is no number"));
  EXPECT_THAT(broken_object("[0, 0, 2, 2]", "[0, 0, -Infinity, 2]"), HasSubstr("'bbox' holds -Infinity, which is no"));
  EXPECT_THAT(broken_object("\"area\": 4", "\"area\": nan"), HasSubstr("'area' is nan, which is no number"));
  EXPECT_THAT(broken_object("\"area\": 4", "\"area\": 1e999"), HasSubstr("'area' is 1e999, more than a double holds"));
  EXPECT_THAT(broken_object("\"image_id\": 1", "\"image_id\": NaN"),
              HasSubstr("'image_id' is NaN, which is no number"));
}

TEST_F(ForeignJson, IdsBeyond64BitsAreBrokenObjects) {
  for (const char* id : {"1267650600228229401496703205377", "18446744073709551615", "9223372036854775808",
                         "-9223372036854775809", "1e30"}) {
    const std::string message = broken_object("\"id\": 2", std::string("\"id\": ") + id);
    EXPECT_THAT(message, HasSubstr("'id' is "));
    EXPECT_THAT(message, HasSubstr(", beyond 2^63"));
  }
  EXPECT_THAT(broken_object("\"image_id\": 1", "\"image_id\": 1267650600228229401496703205377"),
              HasSubstr("'image_id' is 1267650600228229401496703205377, beyond 2^63"));
  EXPECT_THAT(
      error_of(replaced(kGood, "[{\"id\": 1, \"width\"", "[{\"id\": 1267650600228229401496703205377, \"width\"")),
      HasSubstr("images[0]: 'id' is 1267650600228229401496703205377, beyond 2^63"));
}

TEST_F(ForeignJson, NaNInAPolygonBreaksThePolygon) {
  const std::string text = replaced(kGood, "[[0, 0, 2, 0, 2, 2]]", "[[0, 0, NaN, 0, 2, 2], [0, 0, 2, 0, 2, 2]]");
  EXPECT_THAT(error_of(text), HasSubstr("annotations[1]: polygon 1 holds NaN, which is no number"));
  EXPECT_THAT(read(text, BadAnnotation::skip).objects, SizeIs(2));
  EXPECT_EQ(problems_.polygons, 1);
}

// One list of numbers is one broken outline, whatever its first number is.
TEST_F(ForeignJson, NaNAtTheBeginningOfOneListOfNumbersBreaksTheOutline) {
  for (const char* number : {"NaN", "-Infinity", "0"}) {
    const std::string flat = std::string("[") + number + ", 0, 2, 0, 2, 2]";
    const AnnotationSet set = read(replaced(kGood, "[[0, 0, 2, 0, 2, 2]]", flat), BadAnnotation::skip);
    ASSERT_THAT(set.objects, SizeIs(2)) << number;
    EXPECT_EQ(set.objects[1].segmentation.form, SegmentationRef::Form::none) << number;
    EXPECT_EQ(problems_.skipped, 0) << number;
    EXPECT_EQ(problems_.polygons, 1) << number;
  }
}

TEST_F(ForeignJson, WhatNobodyReadsMayBeAnything) {
  const AnnotationSet set = read(
      replaced(kGood, "\"area\": 4",
               "\"area\": 4, \"score\": NaN, \"hash\": [1e999, 1267650600228229401496703205377], \"said\": \"NaN\""));
  EXPECT_THAT(set.objects, SizeIs(2));
}

TEST_F(ForeignJson, BrokenJsonStillStops) {
  const std::string text = replaced(kGood, "[0, 0, 2, 2]", "[0, NaN, 2, 2], \"x\" 3");
  for (const BadAnnotation policy : {BadAnnotation::stop, BadAnnotation::skip}) {
    EXPECT_THAT(error_of(text, policy), HasSubstr("annotations[1]: is not JSON"));
  }
}

}  // namespace
}  // namespace longtail

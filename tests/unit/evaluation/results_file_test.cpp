#include "core/evaluation/results_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include "tests/support/annotation_builder.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ResultsFileTest : public ::testing::Test {
 protected:
  ResultsFileTest() {
    testing::AnnotationBuilder builder;
    builder.category(3, "cat").category(7, "dog").image(10, 8, 6).image(20, 8, 6).image(30, 8, 6);
    set_ = std::move(builder.set());
  }

  ResultsFile open(const std::string& text) { return ResultsFile(folder_.write("r.json", text).string(), set_); }
  std::string error_of(const std::string& text) {
    try {
      const ResultsFile file = open(text);
      for (const std::int64_t image : file.images()) file.read(image);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }
  static std::string detection(int image, double score, const std::string& more = R"(, "bbox": [1, 2, 3, 4])") {
    return R"({"image_id": )" + std::to_string(image) + R"(, "category_id": 7, "score": )" + std::to_string(score) +
           more + "}";
  }
  static std::vector<double> scores(const std::vector<DetectionRecord>& detections) {
    std::vector<double> out;
    for (const DetectionRecord& record : detections) out.push_back(record.score);
    return out;
  }

  test::TemporaryFolder folder_;
  AnnotationSet set_;
};

TEST_F(ResultsFileTest, DetectionsOfAnImageKeepTheFilesOrder) {
  const ResultsFile file = open("[" + detection(20, 0.5) + " , " + detection(20, 0.75) + ",\n" + detection(10, 0.25) +
                                "," + detection(20, 0.125) + "]");
  EXPECT_EQ(file.size(), 4);
  EXPECT_THAT(file.images(), ElementsAre(0, 1));
  EXPECT_THAT(scores(file.read(1)), ElementsAre(0.5, 0.75, 0.125));
  EXPECT_THAT(scores(file.read(0)), ElementsAre(0.25));
  EXPECT_THAT(file.read(2), IsEmpty());
}

TEST_F(ResultsFileTest, LargeFilesAreReadInPieces) {
  std::string text = "[";
  for (int i = 0; i < 30000; ++i) text += (i > 0 ? ", " : "") + detection(i % 7000 < 3500 ? 10 : 30, i / 65536.0);
  const ResultsFile file = open(text + "]");
  EXPECT_THAT(file.images(), ElementsAre(0, 2));
  const std::vector<double> of_first = scores(file.read(0)), of_last = scores(file.read(2));
  EXPECT_EQ(of_first.size() + of_last.size(), 30000U);
  EXPECT_EQ(of_first[3500], scores(file.read(0))[3500]);
  EXPECT_NEAR(of_first[3500], 7000 / 65536.0, 1e-6);
  EXPECT_NEAR(of_last[3500], 10500 / 65536.0, 1e-6);
}

TEST_F(ResultsFileTest, EveryFormOfMask) {
  const Rle mask = rle_from_box({1, 2, 3, 3}, 6, 8);
  std::string counts;
  for (const std::uint32_t count : mask.counts) counts += (counts.empty() ? "" : ",") + std::to_string(count);
  const ResultsFile file =
      open("[" + detection(10, 0.5, R"(, "segmentation": {"size": [6, 8], "counts": ")" + rle_to_string(mask) + "\"}") +
           "," + detection(10, 0.5, R"(, "bbox": [], "segmentation": {"size": [6, 8], "counts": [)" + counts + "]}") +
           "," + detection(10, 0.5, R"(, "bbox": [1, 2, 3, 3], "segmentation": [[1, 2, 4, 2, 4, 5, 1, 5]])") + "]");
  const std::vector<DetectionRecord> detections = file.read(0);
  ASSERT_THAT(detections, SizeIs(3));
  for (const DetectionRecord& record : detections) EXPECT_EQ(record.mask.counts, mask.counts);
  EXPECT_FALSE(detections[0].has_box);
  EXPECT_FALSE(detections[1].has_box);
  EXPECT_TRUE(detections[2].has_box);
  EXPECT_EQ(detections[2].class_index, 1);
}

TEST_F(ResultsFileTest, TheImageIsFoundWhereverItsIdStands) {
  const std::string rest = R"("category_id": 7, "score": 0.5, "bbox": [0, 0, 1, 1]})";
  const ResultsFile file =
      open(R"([{"of": {"image_id": 10, "}": [10]}, "say": "\"image_id\": 10", "image_id" : 30 , )" + rest +
           R"(,{"image\u005fid": 20, "image_ids": 10, )" + rest + "]");
  EXPECT_THAT(file.images(), ElementsAre(1, 2));
  EXPECT_FALSE(file.has_masks());
  EXPECT_TRUE(open("[" + detection(10, 0.5) + "," + detection(10, 0.5, R"(, "bbox": [], "segmentation": [[]])") + "]")
                  .has_masks());
}

TEST_F(ResultsFileTest, NothingIsFine) {
  const ResultsFile file = open(" [ ] ");
  EXPECT_EQ(file.size(), 0);
  EXPECT_THAT(file.images(), IsEmpty());
}

TEST_F(ResultsFileTest, AClassThatTheAnnotationsDoNotHave) {
  const ResultsFile file = open(R"([{"image_id": 10, "category_id": 4, "score": 1, "bbox": [0, 0, 1, 1]}])");
  EXPECT_EQ(file.read(0).at(0).class_index, -1);
}

TEST_F(ResultsFileTest, CategoryIdsOfAnotherKindAreNamedLikeThoseOfImages) {
  const auto with = [](const std::string& id) {
    return "[" + detection(10, 0.5) + R"(,
 {"image_id": 10, "category_id": )" +
           id + R"(, "score": 1, "bbox": [0, 0, 1, 1]}])";
  };
  EXPECT_THAT(error_of(with("\"7\"")),
              HasSubstr("(line 2): [1]: category_id \"7\" is not one of the annotations' categories (a text, but those "
                        "are numbers); do the two files belong together?"));
  testing::AnnotationBuilder builder;
  builder.category(3, "cat").category(7, "dog").image(10, 8, 6);
  set_ = std::move(builder.set());
  for (Category& category : set_.categories) category.text_id = category.name;
  EXPECT_THAT(error_of(with("\"dog\"")), HasSubstr("[0]: category_id 7 is not one of the annotations' categories (a "
                                                   "number, but those are texts)"));
  set_.categories[0].text_id = "";  // of both kinds
  EXPECT_EQ(error_of(with("\"eel\"")), "no error");
}

TEST_F(ResultsFileTest, ErrorsNameThePlace) {
  const std::string good = detection(10, 0.5);
  EXPECT_THAT(error_of("[" + good + ",\n" + detection(11, 0.5) + "]"),
              HasSubstr("r.json: byte " + std::to_string(good.size() + 3) +
                        " (line 2): [1]: image_id 11 is not one of the annotations' images"));
  EXPECT_THAT(error_of("[" + good + ",\n" + detection(10, 0.5, "") + "]"),
              HasSubstr("(line 2): [1]: has neither 'bbox' nor 'segmentation'; correct the file"));
  EXPECT_THAT(error_of(R"([{"image_id": 10, "category_id": 7, "bbox": [0, 0, 1, 1]}])"),
              HasSubstr("[0]: has no 'score'"));
  EXPECT_THAT(error_of(R"([{"category_id": 7, "score": 1, "bbox": [0, 0, 1, 1]}])"),
              HasSubstr("[0]: has no 'image_id'"));
  EXPECT_THAT(error_of("[" + detection(10, 0.5, R"(, "bbox": [1, 2, 3])") + "]"),
              HasSubstr("'bbox' is not a list of 4"));
  EXPECT_THAT(error_of("[" + detection(10, 0.5, R"(, "segmentation": {"size": [8, 6], "counts": "`1"})") + "]"),
              HasSubstr("its mask is 8 x 6 (height x width), but the image is 6 x 8"));
  EXPECT_THAT(error_of("[" + good + ", {\"image_id\" 10}]"), HasSubstr("[1]: is not JSON"));
  EXPECT_THAT(error_of("[" + good + ", {\"image_id\": 10, \"score\" 1}]"), HasSubstr("[1]: is not JSON"));
  EXPECT_THAT(error_of("[" + good + ", {\"image_id\": 10.5, \"score\": 1}]"),
              HasSubstr("[1]: 'image_id' is not a whole number or a text"));
  EXPECT_THAT(error_of("[" + good + ", 7]"), HasSubstr("[1]: is not an object"));
  EXPECT_THAT(error_of("[" + good + ", {\"image_id\": 1"), HasSubstr("the JSON ends in the middle of [1]"));
  EXPECT_THAT(error_of("{\"results\": []}"), HasSubstr("is not a JSON list"));
  EXPECT_THAT(error_of("[" + good + "] x"), HasSubstr("something follows the end of the list"));
}

TEST_F(ResultsFileTest, AnObjectInPlaceOfTheListIsNamed) {
  const std::string message = error_of("{\"annotations\": [" + detection(10, 0.5) + "]}");
  EXPECT_THAT(message, HasSubstr("is not a JSON list but an object (it has: annotations); results are a list"));
  EXPECT_THAT(message, HasSubstr("write the list 'annotations' alone"));
}

TEST_F(ResultsFileTest, AValueInPlaceOfTheListIsNamed) {
  EXPECT_THAT(error_of("null\n"),
              HasSubstr("r.json: is not a JSON list but null; results are a list [{\"image_id\": "));
  EXPECT_THAT(error_of("7"), HasSubstr("r.json: is not a JSON list but a number or the like; results are a list"));
}

TEST_F(ResultsFileTest, JsonLinesAreReadAsTheList) {
  const std::string lines = detection(20, 0.5) + "\n" + detection(10, 0.25) + "\r\n\n" + detection(20, 0.75);
  for (const std::string& text : {lines, lines + "\n"}) {
    const ResultsFile file = open(text);
    EXPECT_EQ(file.size(), 3);
    EXPECT_THAT(scores(file.read(1)), ElementsAre(0.5, 0.75));
    EXPECT_THAT(scores(file.read(0)), ElementsAre(0.25));
  }
  EXPECT_EQ(open(detection(10, 0.5) + "\n").size(), 1);
  EXPECT_THAT(error_of(detection(10, 0.5) + "\n" + detection(11, 0.5)),
              HasSubstr("(line 2): [1]: image_id 11 is not one of the annotations' images"));
  EXPECT_THAT(error_of(detection(10, 0.5) + "\n{\"image_id\": 10, "), HasSubstr("ends in the middle of [1]"));
  EXPECT_THAT(error_of(detection(10, 0.5) + "\n7"), HasSubstr("something follows the end of the object"));
  EXPECT_THAT(error_of(detection(10, 0.5) + "\n" + detection(10, 0.5) + " 7"), HasSubstr("(line 2)"));
}

TEST_F(ResultsFileTest, WholeNumbersMayBeDoublesAndNullIsAbsence) {
  const ResultsFile file = open(
      R"([{"image_id": 10.0, "category_id": 7.0, "score": 1, "bbox": [0, 0, 1, 1], "segmentation": null},
          {"image_id": 10, "category_id": 7, "score": 1, "bbox": [0, 0, 1, 1], "segmentation": null}])");
  EXPECT_FALSE(file.has_masks());
  EXPECT_THAT(file.images(), ElementsAre(0));
  EXPECT_EQ(file.read(0).at(0).class_index, 1);
}

TEST_F(ResultsFileTest, NumbersThatAreNoneAreBrokenDetections) {
  const std::string good = detection(10, 0.5);
  const std::string nan = R"({"image_id": 10, "category_id": 7, "score": NaN, "bbox": [1, 2, 3, 4]})";
  const std::string far = R"({"image_id": 1267650600228229401496703205377, "category_id": 7, "score": 1})";
  EXPECT_THAT(error_of("[" + good + "," + nan + "]"), HasSubstr("[1]: 'score' is NaN, which is no number"));
  EXPECT_THAT(error_of("[" + good + "," + far + "]"), HasSubstr("[1]: 'image_id' is 12676506002282294014967032053"));
  const std::string path = folder_.write("b.json", "[" + nan + "," + good + "," + far + "," + good + "]").string();
  const ResultsFile file(path, set_, BadAnnotation::skip);
  EXPECT_THAT(scores(file.read(0)), ElementsAre(0.5, 0.5));
  EXPECT_EQ(file.broken().skipped, 2);
}

// Images are read in any order, by as many threads as there are.
TEST_F(ResultsFileTest, TheFirstBrokenDetectionOfTheFileIsTheExample) {
  const std::string boxless = detection(20, 0.5, ""), scoreless = R"({"image_id": 10, "category_id": 7})";
  const std::string path = folder_.write("b.json", "[" + boxless + ",\n" + scoreless + "]").string();
  const ResultsFile file(path, set_, BadAnnotation::skip);
  EXPECT_THAT(file.broken().examples, IsEmpty());
  file.read(0);
  EXPECT_THAT(file.broken().examples, ElementsAre(HasSubstr("[1]: has no 'score'")));
  file.read(1);
  EXPECT_THAT(file.broken().examples, ElementsAre(HasSubstr("[0]: has neither 'bbox' nor 'segmentation'")));
  file.read(0);
  EXPECT_THAT(file.broken().examples, ElementsAre(HasSubstr("[0]: has neither")));
  EXPECT_EQ(file.broken().skipped, 3);
}

TEST_F(ResultsFileTest, AByteOrderMarkIsIgnored) {
  EXPECT_EQ(open("\xef\xbb\xbf[" + detection(10, 0.5) + "]").size(), 1);
}

}  // namespace
}  // namespace longtail

#include "core/evaluation/detection_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include "core/evaluation/detection_cases.h"
#include "core/evaluation/detection_matching.h"
#include "tests/support/annotation_builder.h"

namespace longtail {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Protocol = DetectionEvaluatorOptions::Protocol;

DetectionRecord detection(std::int32_t class_index, double score, const BoxXywh& box) {
  DetectionRecord record;
  record.class_index = class_index;
  record.score = score;
  record.box = box;
  return record;
}

/// Two pictures of 100 x 100 with one object each, of classes 0 (rare) and 1 (frequent).
class TwoObjects : public ::testing::Test {
 protected:
  TwoObjects() {
    testing::AnnotationBuilder builder;
    builder.category(1, "cat").category(2, "dog, brown").category(4, "eel");
    builder.image(10, 100, 100).object(0, {10, 10, 20, 20}).image(11, 100, 100).object(1, {10, 10, 50, 50});
    set_ = std::move(builder.set());
    set_.categories[0].frequency = 'r';
    set_.categories[1].frequency = 'f';
    set_.categories[2].frequency = 'c';
    set_.categories[1].image_count = 7;
    set_.categories[1].instance_count = 9;
    set_.categories[1].counts_told = true;
  }

  AnnotationSet set_;
};

TEST(DetectionCases, ThresholdsAreRoundedAsByNumpy) {
  EXPECT_EQ(kRecallValues[35], 0.35000000000000003);
  EXPECT_EQ(kRecallValues[100], 1.0);
  EXPECT_EQ(kIouValues[kIou75], 0.75);
  EXPECT_EQ(kIouValues[8], 0.8999999999999999);
  EXPECT_EQ(kIouValues[9], 0.95);
}

TEST(DetectionMatching, OfEqualOverlapsTheLaterObjectIsTaken) {
  // The first object counts as small only, the second as medium only.
  const std::vector<Verdict> verdicts =
      match_detections({0.8, 0.8}, {1000}, {{1000, false, false}, {5000, false, false}}, false);
  EXPECT_EQ(verdicts[0].right & case_bit(kAllAreas, 0), case_bit(kAllAreas, 0));
  EXPECT_EQ(verdicts[0].right & case_bit(1, 6), case_bit(1, 6));  // the other one is ignored: the small one is taken
  EXPECT_EQ(verdicts[0].right & case_bit(1, 7), 0U);              // 0.8 < 0.85
  EXPECT_EQ(verdicts[0].wrong & case_bit(1, 7), case_bit(1, 7));
  EXPECT_EQ(verdicts[0].wrong & case_bit(2, 7), 0U);  // of another size itself
}

TEST(DetectionMatching, ACrowdTakesManyAndIsIgnored) {
  const std::vector<Verdict> verdicts = match_detections({1, 1}, {50, 50}, {{50, true, true}}, false);
  for (const Verdict& verdict : verdicts) {
    EXPECT_EQ(verdict.right, 0U);
    EXPECT_EQ(verdict.wrong, 0U);
  }
  const std::vector<Verdict> plain = match_detections({1, 1}, {50, 50}, {{50, true, false}}, false);
  EXPECT_EQ(plain[0].wrong, 0U);
  EXPECT_NE(plain[1].wrong, 0U);
}

TEST_F(TwoObjects, PerfectDetections) {
  for (const Protocol protocol : {Protocol::lvis, Protocol::coco}) {
    DetectionEvaluatorOptions options;
    options.protocol = protocol;
    DetectionEvaluator evaluator(set_, options);
    evaluator.add(1, {detection(1, 0.3, {10, 10, 50, 50})});
    evaluator.add(0, {detection(0, 0.9, {10, 10, 20, 20})});
    const auto metrics = evaluator.metrics();
    EXPECT_DOUBLE_EQ(metrics.at("bbox").at("AP"), 1);
    EXPECT_DOUBLE_EQ(metrics.at("bbox").at("APm"), 1);
    EXPECT_EQ(metrics.at("bbox").at("APl"), -1);
    EXPECT_THAT(evaluator.class_ap("bbox"), ElementsAre(DoubleEq(1), DoubleEq(1), -1));
  }
}

TEST_F(TwoObjects, WithoutDetectionsEverythingIsMissed) {
  const DetectionEvaluator evaluator(set_, {});
  const auto metrics = evaluator.metrics().at("segm");
  EXPECT_EQ(metrics.at("AP"), 0);
  EXPECT_EQ(metrics.at("APr"), 0);
  EXPECT_EQ(metrics.at("APc"), -1);
  EXPECT_EQ(metrics.at("AR@300"), 0);
  EXPECT_EQ(evaluator.per_class_csv(),
            "id,name,frequency,image_count,instance_count,bbox_AP,segm_AP,protocol,protocol_reason\n"
            "1,cat,r,,,0,0,lvis,\n2,\"dog, brown\",f,7,9,0,0,lvis,\n4,eel,c,,,-1,-1,lvis,\n");
}

TEST_F(TwoObjects, TheLimitIsThatOfTheProtocolOrTheUser) {
  DetectionEvaluatorOptions options;
  options.protocol = Protocol::coco;
  EXPECT_EQ(DetectionEvaluator(set_, options).metrics().at("bbox").count("AR@100"), 1U);
  options.max_dets = 5;
  EXPECT_EQ(DetectionEvaluator(set_, options).metrics().at("bbox").count("ARs@5"), 1U);
  options.segm = false;
  EXPECT_EQ(DetectionEvaluator(set_, options).metrics().count("segm"), 0U);
}

// A detection of a class that nothing is known of takes a place of the 300 all the same.
TEST_F(TwoObjects, UnknownClassesCountTowardsTheLimitOnly) {
  DetectionEvaluatorOptions options;
  options.segm = false;
  options.max_dets = 1;
  DetectionEvaluator evaluator(set_, options);
  evaluator.add(0, {detection(-1, 0.9, {0, 0, 9, 9}), detection(0, 0.5, {10, 10, 20, 20})});
  evaluator.add(1, {detection(-1, 0.4, {0, 0, 9, 9}), detection(1, 0.5, {10, 10, 50, 50})});
  EXPECT_THAT(evaluator.class_ap("bbox"), ElementsAre(0, DoubleEq(1), -1));
}

TEST_F(TwoObjects, FurtherImagesChangeTheNumbers) {
  DetectionEvaluator evaluator(set_, {});
  evaluator.add(0, {detection(0, 0.9, {10, 10, 20, 20})});
  EXPECT_DOUBLE_EQ(evaluator.metrics().at("bbox").at("AP"), 0.5);
  evaluator.add(1, {detection(1, 0.9, {10, 10, 50, 50})});
  EXPECT_DOUBLE_EQ(evaluator.metrics().at("bbox").at("AP"), 1);
}

TEST_F(TwoObjects, MisuseIsNamed) {
  DetectionEvaluatorOptions options;
  options.segm = false;
  DetectionEvaluator evaluator(set_, options);
  evaluator.add(0, {});
  const auto message = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message([&] { evaluator.add(0, {}); }), HasSubstr("image 10 was evaluated twice"));
  EXPECT_THAT(message([&] { evaluator.class_ap("segm"); }), HasSubstr("'segm' was not evaluated"));
  DetectionRecord wrong = detection(1, 0.5, {0, 0, 9, 9});
  wrong.mask = Rle{50, 100, {5000}};
  EXPECT_THAT(message([&] { evaluator.add(1, {wrong}); }),
              HasSubstr("a detection of image 11 has a mask of 50 x 100, but the image is 100 x 100"));
}

}  // namespace
}  // namespace longtail

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "core/evaluation/detection_evaluator.h"
#include "tests/unit/annotations/oracle_json.h"
#include "tests/unit/evaluation/made_detections.h"

namespace longtail {
namespace {

using nlohmann::json;

constexpr double kTolerance = 1e-9;

/// Evaluates the detections of a case, images in an order of the test's own.
void evaluate(const json& example, const AnnotationSet& set, DetectionEvaluator& evaluator) {
  test::MadeDetections made(test::made_variants().at(example["variant"]), set);
  std::vector<std::vector<DetectionRecord>> images;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < set.images.size(); ++i) {
    images.push_back(made.next(static_cast<std::int64_t>(i)));
    count += static_cast<std::int64_t>(images.back().size());
  }
  ASSERT_EQ(count, example["detections"]) << "not the oracle's detections";
  for (std::size_t i = images.size(); i-- > 0;) evaluator.add(static_cast<std::int64_t>(i), std::move(images[i]));
}

void expect_numbers(const json& example, const DetectionEvaluator& evaluator) {
  const auto metrics = evaluator.metrics();
  for (const char* kind : {"bbox", "segm"}) {
    const json& expected = example[kind];
    ASSERT_EQ(metrics.at(kind).size(), expected["metrics"].size());
    for (const auto& [name, value] : expected["metrics"].items()) {
      EXPECT_NEAR(metrics.at(kind).at(name), value.get<double>(), kTolerance) << kind << " " << name;
    }
    const std::vector<double> class_ap = evaluator.class_ap(kind);
    ASSERT_EQ(class_ap.size(), expected["class_ap"].size());
    for (std::size_t c = 0; c < class_ap.size(); ++c) {
      EXPECT_NEAR(class_ap[c], expected["class_ap"][c].get<double>(), kTolerance) << kind << " class " << c;
    }
  }
}

TEST(DetectionEvaluatorOnRealSets, AgreesWithTheReferenceTools) {
  const char* folder = std::getenv("LONGTAIL_TEST_DATA");
  if (folder == nullptr || !std::filesystem::exists(std::string(folder) + "/clothing_lvis/train.json")) {
    GTEST_SKIP() << "LONGTAIL_TEST_DATA does not name a folder with clothing_lvis and coco_small";
  }
  std::map<std::string, AnnotationSet> sets;
  int cases = 0;
  for (const json& example : test::oracle_json("evaluation_real.json")) {
    const std::string file = example["file"];
    SCOPED_TRACE(file + " " + example["variant"].get<std::string>() + " " + example["protocol"].get<std::string>());
    if (sets.count(file) == 0) sets[file] = read_annotations(std::string(folder) + "/" + file);
    DetectionEvaluatorOptions options;
    const bool lvis = example["protocol"] == "lvis";
    options.protocol = lvis ? DetectionEvaluatorOptions::Protocol::lvis : DetectionEvaluatorOptions::Protocol::coco;
    DetectionEvaluator evaluator(sets[file], options);
    evaluate(example, sets[file], evaluator);
    expect_numbers(example, evaluator);
    ++cases;
  }
  EXPECT_EQ(cases, 32);
}

}  // namespace
}  // namespace longtail

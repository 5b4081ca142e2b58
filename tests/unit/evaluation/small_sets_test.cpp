#include <gtest/gtest.h>

#include "core/evaluation/detection_evaluator.h"
#include "core/evaluation/results_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/annotations/oracle_json.h"

namespace longtail {
namespace {

using nlohmann::json;
using Protocol = DetectionEvaluatorOptions::Protocol;

constexpr double kTolerance = 1e-9;

void expect_numbers(const json& expected, const DetectionEvaluator& evaluator) {
  const auto metrics = evaluator.metrics();
  for (const char* kind : {"bbox", "segm"}) {
    const json& of_kind = expected[kind];
    ASSERT_EQ(metrics.at(kind).size(), of_kind["metrics"].size());
    for (const auto& [name, value] : of_kind["metrics"].items()) {
      EXPECT_NEAR(metrics.at(kind).at(name), value.get<double>(), kTolerance) << kind << " " << name;
    }
    const std::vector<double> class_ap = evaluator.class_ap(kind);
    ASSERT_EQ(class_ap.size(), of_kind["class_ap"].size());
    for (std::size_t c = 0; c < class_ap.size(); ++c) {
      EXPECT_NEAR(class_ap[c], of_kind["class_ap"][c].get<double>(), kTolerance) << kind << " class " << c;
    }
  }
}

// Objects of id 0, of no area, ignored, crowds, at one place, of areas at the bounds; detections of unknown and
// unlisted classes, without area, with equal scores, in every form of mask, and more than the limit.
TEST(DetectionEvaluatorOnSmallSets, AgreesWithTheReferenceTools) {
  const test::TemporaryFolder folder;
  int evaluated = 0;
  for (const json& example : test::oracle_json("evaluation_small.json")) {
    const AnnotationSet set =
        read_annotations(folder.write("annotations.json", example["annotations"].dump()).string());
    for (const json& results : example["cases"]) {
      const ResultsFile file(folder.write("results.json", results["results"].dump()).string(), set);
      EXPECT_EQ(file.size(), static_cast<std::int64_t>(results["results"].size()));
      for (const char* protocol : {"lvis", "coco"}) {
        if (results[protocol].empty()) continue;
        SCOPED_TRACE(std::string(protocol) + ", case " + std::to_string(evaluated++));
        DetectionEvaluatorOptions options;
        options.protocol = std::string(protocol) == "lvis" ? Protocol::lvis : Protocol::coco;
        if (results["max_dets"] != 300) options.max_dets = results["max_dets"];
        DetectionEvaluator evaluator(set, options);
        add_results(file, evaluator, 3);
        expect_numbers(results[protocol], evaluator);
      }
    }
  }
  EXPECT_EQ(evaluated, 22);
}

}  // namespace
}  // namespace longtail

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

constexpr const char* kAnnotations = R"({
  "images": [{"id": 1, "width": 100, "height": 80, "file_name": "1.jpg", "neg_category_ids": [2], "not_exhaustive_category_ids": []},
             {"id": 2, "width": 100, "height": 80, "file_name": "2.jpg", "neg_category_ids": [], "not_exhaustive_category_ids": []}],
  "categories": [{"id": 1, "name": "cat", "frequency": "f"}, {"id": 2, "name": "dog", "frequency": "r"}],
  "annotations": [
    {"id": 1, "image_id": 1, "category_id": 1, "area": 600, "bbox": [10, 10, 20, 30], "segmentation": [[10, 10, 30, 10, 30, 40, 10, 40]]},
    {"id": 2, "image_id": 2, "category_id": 2, "area": 600, "bbox": [10, 10, 20, 30], "segmentation": [[10, 10, 30, 10, 30, 40, 10, 40]]}]})";
constexpr const char* kResults = R"([
  {"image_id": 1, "category_id": 1, "score": 0.9, "bbox": [10, 10, 20, 30], "segmentation": [[10, 10, 30, 10, 30, 40, 10, 40]]},
  {"image_id": 2, "category_id": 1, "score": 0.8, "bbox": [10, 10, 20, 30], "segmentation": [[10, 10, 30, 10, 30, 40, 10, 40]]}])";

class EvaluateCli : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(LONGTAIL_BINARY_DIR) / "tests" / "cli" /
              (std::string("EvaluateCli.") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    write_file(folder_ / "gt.json", kAnnotations);
    write_file(folder_ / "dt.json", kResults);
  }
  Outcome run(const std::string& arguments) { return longtail(arguments, folder_); }
  Outcome evaluate(const std::string& more = "") {
    return run("evaluate --annotations gt.json --results dt.json " + more);
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  fs::path folder_;
};

TEST_F(EvaluateCli, PrintsATableInPercent) {
  const Outcome outcome = evaluate();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(
      outcome.out,
      "2 images, 2 objects, 2 classes; 2 detections on 2 images; LVIS protocol\n"
      "%           AP    AP50    AP75     APs     APm     APl     APr     APc     APf  AR@300 ARs@300 ARm@300 ARl@300\n"
      "bbox     50.00   50.00   50.00   50.00       —       —    0.00       —  100.00   50.00   50.00       —       —\n"
      "segm     50.00   50.00   50.00   50.00       —       —    0.00       —  100.00   50.00   50.00       —       "
      "—\n");
}

TEST_F(EvaluateCli, WritesFractionsAndClasses) {
  const Outcome outcome = evaluate("--iou segm --out m.json --per-class c.csv --json --max-dets 5");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, read_file(folder_ / "m.json"));
  const json metrics = json::parse(outcome.out);
  EXPECT_EQ(metrics["protocol"], "lvis");
  EXPECT_EQ(metrics["protocol_reason"], "frequencies and neg_category_ids");
  EXPECT_FALSE(metrics.contains("bbox"));
  EXPECT_DOUBLE_EQ(metrics["segm"]["AP"], 0.5);
  EXPECT_EQ(metrics["segm"]["APm"], -1);
  EXPECT_DOUBLE_EQ(metrics["segm"]["AR@5"], 0.5);
  const std::string classes = read_file(folder_ / "c.csv");
  EXPECT_EQ(classes.substr(0, classes.find('\n')),
            "id,name,frequency,image_count,instance_count,segm_AP,protocol,protocol_reason");
  EXPECT_NE(classes.find("\n2,dog,r,,,0,lvis,"), std::string::npos) << classes;
}

// By COCO the cat on image 2 is wrong; by LVIS nothing is known of cats there.
TEST_F(EvaluateCli, ProtocolsDiffer) {
  const json coco = json::parse(evaluate("--protocol coco --json --iou bbox").out);
  EXPECT_EQ(coco["bbox"].size(), 12U);
  EXPECT_TRUE(coco["bbox"].contains("AR@100"));
  write_file(folder_ / "dt.json", R"([{"image_id": 1, "category_id": 1, "score": 0.1, "bbox": [10, 10, 20, 30]},
                                      {"image_id": 2, "category_id": 1, "score": 0.8, "bbox": [10, 10, 20, 30]}])");
  EXPECT_NEAR(json::parse(evaluate("--protocol coco --json --iou bbox").out)["bbox"]["AP"].get<double>(), 0.25, 1e-9);
  EXPECT_NEAR(json::parse(evaluate("--protocol lvis --json --iou bbox").out)["bbox"]["AP"].get<double>(), 0.5, 1e-9);
}

TEST_F(EvaluateCli, WithoutDetectionsEveryApIsZeroAndThatIsSaid) {
  write_file(folder_ / "dt.json", "[]");
  const Outcome outcome = evaluate("--json");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "warning: dt.json has no detections: no object is found\n");
  EXPECT_EQ(json::parse(outcome.out)["bbox"]["AP"], 0);
  EXPECT_EQ(json::parse(outcome.out)["segm"]["APr"], 0);
}

TEST_F(EvaluateCli, UnknownCategoriesAreSaid) {
  write_file(folder_ / "dt.json", R"([{"image_id": 1, "category_id": 501, "score": 1, "bbox": [0, 0, 1, 1]}])");
  const Outcome outcome = evaluate("--iou bbox");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: 1 of 1 detection has a category_id that gt.json does not have"),
            std::string::npos)
      << outcome.err;
}

TEST_F(EvaluateCli, AnnotationsWithoutObjectsAreSaid) {
  json gt = json::parse(kAnnotations);
  gt["annotations"] = json::array();
  write_file(folder_ / "gt.json", gt.dump());
  const Outcome outcome = evaluate("--iou bbox --json");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "warning: gt.json: has no objects: every AP is undefined (-1)\n");
  EXPECT_EQ(json::parse(outcome.out)["bbox"]["AP"], -1);
}

TEST_F(EvaluateCli, CategoryIdsOfAnotherKindStop) {
  write_file(folder_ / "dt.json", R"([{"image_id": 1, "category_id": "1", "score": 1, "bbox": [0, 0, 1, 1]}])");
  for (const char* more : {"", "--skip-broken"}) {
    const Outcome outcome = evaluate(more);
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_NE(outcome.err.find("[0]: category_id \"1\" is not one of the annotations' categories (a text, but those "
                               "are numbers)"),
              std::string::npos)
        << outcome.err;
  }
}

TEST_F(EvaluateCli, ABoxThatCannotBeFilledIsNamed) {
  write_file(folder_ / "dt.json", R"([{"image_id": 1, "category_id": 1, "score": 1, "bbox": [0, 0, 1e9, 1e9]}])");
  EXPECT_EQ(evaluate("--iou bbox").code, 0);
  const Outcome outcome = evaluate("--iou segm");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("dt.json: byte 1 (line 1): [0]: its box reaches"), std::string::npos) << outcome.err;
}

TEST_F(EvaluateCli, BoxesStandForMissingMasksAndThatIsSaid) {
  write_file(folder_ / "dt.json", R"([{"image_id": 1, "category_id": 1, "score": 0.1, "bbox": [10, 10, 20, 30]}])");
  const Outcome outcome = evaluate("--json");
  EXPECT_EQ(outcome.err, "warning: dt.json has no masks: segm takes boxes for masks, as lvis-api does\n");
  EXPECT_DOUBLE_EQ(json::parse(outcome.out)["segm"]["AP"], 0.5);
}

TEST_F(EvaluateCli, WrongDataIsNamedInOneLine) {
  const auto error = [this](const std::string& gt, const std::string& dt, const std::string& more = "") {
    write_file(folder_ / "gt.json", gt);
    write_file(folder_ / "dt.json", dt);
    const Outcome outcome = evaluate(more);
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_EQ(lines(outcome.err), 1U) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  const std::string gt = kAnnotations, dt = kResults;
  EXPECT_NE(error(gt, R"([{"image_id": 3, "category_id": 1, "score": 1, "bbox": [0, 0, 1, 1]}])")
                .find("error: dt.json: byte 1 (line 1): [0]: image_id 3 is not one of the annotations' images"),
            std::string::npos);
  EXPECT_NE(error(gt, dt.substr(0, 150)).find("dt.json: byte 150 (line 3): the JSON ends in the middle of [1]"),
            std::string::npos);
  EXPECT_NE(error(gt.substr(0, gt.size() - 30), dt).find("the JSON ends in the middle of annotations[1]"),
            std::string::npos);
  const std::string coco = R"({"images": [], "annotations": [], "categories": [{"id": 1, "name": "cat"}]})";
  EXPECT_NE(error(coco, "[]", "--protocol lvis").find("use --protocol coco"), std::string::npos);
}

TEST_F(EvaluateCli, BrokenObjectsStopOrAreLeftOut) {
  std::string gt = kAnnotations;
  gt.replace(gt.rfind("[[10, 10, 30, 10, 30, 40, 10, 40]]"), 34, "[[10, 10, 30, 10]]");
  write_file(folder_ / "gt.json", gt);
  EXPECT_EQ(evaluate().code, 4);
  const Outcome outcome = evaluate("--skip-broken --json");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.err.find("warning: 1 broken polygon was left out, such as gt.json: byte "), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("1 of 2 objects has no outline"), std::string::npos) << outcome.err;
  EXPECT_DOUBLE_EQ(json::parse(outcome.out)["bbox"]["AP"], 0.5);  // the object stays
  gt.replace(gt.rfind("[10, 10, 20, 30]"), 16, "[NaN, 10, 20, 30]");
  write_file(folder_ / "gt.json", gt);
  const Outcome object = evaluate("--skip-broken --json");
  EXPECT_NE(object.err.find("warning: 1 broken object was left out, such as gt.json: byte "), std::string::npos)
      << object.err;
  EXPECT_DOUBLE_EQ(json::parse(object.out)["bbox"]["AP"], 1);
}

TEST_F(EvaluateCli, UsageErrors) {
  EXPECT_EQ(run("evaluate --annotations gt.json").code, 2);
  EXPECT_EQ(evaluate("--iou keypoints").code, 2);
  EXPECT_EQ(evaluate("--protocol voc").code, 2);
  EXPECT_EQ(evaluate("--max-dets 0").code, 2);
}

TEST_F(EvaluateCli, StatsOfAnnotations) {
  const Outcome text = run("data stats gt.json --threshold 0.9");
  EXPECT_EQ(text.code, 0) << text.err;
  for (const char* part : {"gt.json: 2 images, 2 of them with objects; 2 objects, 2 classes",
                           "Most repeated classes:", "1.34 x  1.jpg  for cat"}) {
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  }
  const json stats = json::parse(run("data stats gt.json --json").out);
  EXPECT_EQ(stats["groups"]["r"]["classes"], 1);
  EXPECT_EQ(stats["per_class"][1]["name"], "dog");
  EXPECT_EQ(stats["epoch"], 2);
  const json repeated = json::parse(run("data stats gt.json --threshold 0.9 --json").out);
  EXPECT_EQ(repeated["epoch"], 4);  // two copies of each, as the sampler rounds
  EXPECT_NEAR(repeated["epoch_stochastic"].get<double>(), 2 * std::sqrt(0.9 / 0.5), 1e-9);
  EXPECT_EQ(run("data stats missing.json").code, 4);
}

}  // namespace
}  // namespace longtail::testing

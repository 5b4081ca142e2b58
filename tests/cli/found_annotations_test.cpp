#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

constexpr double kBoxAp = 0.3910;  // of the plain pair by COCO's protocol

/// The plain pair of tests/found, changed as people's tools write such files.
class FoundAnnotationsCli : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(LONGTAIL_BINARY_DIR) / "tests" / "cli" /
              (std::string("FoundAnnotationsCli.") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    gt_ = json::parse(read_file(fs::path(LONGTAIL_FOUND) / "annotations" / "gt.json"));
    dt_ = json::parse(read_file(fs::path(LONGTAIL_FOUND) / "annotations" / "dt.json"));
  }

  Outcome run(const std::string& arguments) { return longtail(arguments, folder_); }
  /// `evaluate` of texts, with --json.
  Outcome evaluate(const std::string& gt, const std::string& dt, const std::string& more = "--iou bbox") {
    write_file(folder_ / "gt.json", gt);
    write_file(folder_ / "dt.json", dt);
    return run("evaluate --annotations gt.json --results dt.json --json " + more);
  }
  Outcome evaluate(const std::string& more = "--iou bbox") { return evaluate(gt_.dump(), dt_.dump(), more); }

  static json metrics_of(const Outcome& outcome) {
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? json::parse(outcome.out) : json{{"bbox", {{"AP", -1.0}}}};
  }
  static void expect_as_plain(const Outcome& outcome, const std::string& warning = "") {
    EXPECT_NEAR(metrics_of(outcome)["bbox"]["AP"].get<double>(), kBoxAp, 5e-5);
    if (warning.empty()) {
      EXPECT_EQ(outcome.err, "");
    } else {
      EXPECT_NE(outcome.err.find(warning), std::string::npos) << outcome.err;
      EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    }
  }
  static void expect_one_line_with(const Outcome& outcome, const std::string& part) {
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }

  fs::path folder_;
  json gt_, dt_;
};

TEST_F(FoundAnnotationsCli, ThePlainPair) {
  const Outcome outcome = evaluate();
  expect_as_plain(outcome);
  const json metrics = json::parse(outcome.out);
  EXPECT_EQ(metrics["protocol"], "coco");
  EXPECT_EQ(metrics["protocol_reason"], "no frequencies and no neg_category_ids");
}

TEST_F(FoundAnnotationsCli, NullAndDoubles) {
  for (json& category : gt_["categories"]) category["supercategory"] = nullptr;
  for (json& image : gt_["images"]) image["id"] = image["id"].get<double>();
  for (json& object : gt_["annotations"]) {
    object["iscrowd"] = 0.0;
    object["image_id"] = object["image_id"].get<double>();
  }
  for (json& detection : dt_) detection["category_id"] = detection["category_id"].get<double>();
  expect_as_plain(evaluate());
}

TEST_F(FoundAnnotationsCli, TextIds) {
  const auto text = [](json& id) { id = "img_" + std::to_string(id.get<int>()); };
  for (json& image : gt_["images"]) text(image["id"]);
  for (json& object : gt_["annotations"]) text(object["image_id"]);
  for (json& detection : dt_) text(detection["image_id"]);
  expect_as_plain(evaluate());
  const json stats = json::parse(run("data stats gt.json --json").out);
  EXPECT_EQ(stats["most_repeated_images"][0]["id"], "img_1");
}

TEST_F(FoundAnnotationsCli, ByteOrderMarkGzipAndJsonLines) {
  expect_as_plain(evaluate("\xef\xbb\xbf" + gt_.dump(), "\xef\xbb\xbf" + dt_.dump()));
  std::string lines;
  for (const json& detection : dt_) lines += detection.dump() + "\n";
  expect_as_plain(evaluate(gt_.dump(), lines));
  ASSERT_EQ(std::system(("cd '" + folder_.string() + "' && gzip -f gt.json dt.json").c_str()), 0);
  expect_as_plain(run("evaluate --annotations gt.json.gz --results dt.json.gz --iou bbox --json"));
  EXPECT_EQ(run("data stats gt.json.gz").code, 0);
}

TEST_F(FoundAnnotationsCli, IdsBeyond64BitsAreSaid) {
  std::string gt = gt_.dump();
  gt.replace(gt.find("\"id\":1,\"image_id\""), 6, "\"id\":1267650600228229401496703205377");
  expect_one_line_with(evaluate(gt, dt_.dump()), "'id' is 1267650600228229401496703205377, beyond 2^63");
}

TEST_F(FoundAnnotationsCli, NaNIsABrokenObject) {
  std::string gt = gt_.dump();
  gt.replace(gt.find("\"bbox\":[14"), 10, "\"bbox\":[NaN");
  expect_one_line_with(evaluate(gt, dt_.dump()), "'bbox' holds NaN, which is no number");
  const Outcome skipped = evaluate(gt, dt_.dump(), "--iou bbox --skip-broken");
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_NE(skipped.err.find("warning: 1 broken object was left out, such as gt.json: byte "), std::string::npos);
}

TEST_F(FoundAnnotationsCli, ABrokenPolygonGoesWithoutItsObject) {
  gt_["annotations"][0]["segmentation"].push_back({3, 3, 9, 9});
  expect_one_line_with(evaluate(), "annotations[0]: polygon 2 has 2 points");
  expect_as_plain(evaluate("--iou bbox --skip-broken"), "warning: 1 broken polygon was left out, such as gt.json: ");
  const Outcome text = run("evaluate --annotations gt.json --results dt.json --iou bbox --skip-broken");
  EXPECT_EQ(text.out.rfind("8 images, 16 objects, ", 0), 0u) << text.out;
}

TEST_F(FoundAnnotationsCli, AreasAreComputedWithOneWarning) {
  for (json& object : gt_["annotations"]) object.erase("area");
  expect_as_plain(evaluate(),
                  "warning: gt.json: 16 of 16 objects have no 'area', the first is annotations[0]: computed");
  for (json& object : gt_["annotations"]) object.erase("bbox");
  EXPECT_NEAR(metrics_of(evaluate())["bbox"]["AP"].get<double>(), kBoxAp, 5e-5);
}

TEST_F(FoundAnnotationsCli, OnlyWhatIsUsedIsNeeded) {
  for (json& image : gt_["images"]) image = json{{"id", image["id"]}};
  expect_as_plain(evaluate());
  expect_as_plain(evaluate(""), "warning: gt.json: image 1 has no width and height, which masks need: only boxes are");
  expect_one_line_with(evaluate("--iou segm"), "image 1 has no width and height, which masks need; add them, or use");
}

TEST_F(FoundAnnotationsCli, MissingOutlinesAreCounted) {
  for (std::size_t i = 0; i < 16; i += 2) gt_["annotations"][i]["segmentation"] = json::array();
  expect_as_plain(evaluate());
  const Outcome outcome = evaluate("--iou segm");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.err.find("gt.json: 8 of 16 objects have no outline: for segm each is missed"), std::string::npos)
      << outcome.err;
}

TEST_F(FoundAnnotationsCli, AnObjectInPlaceOfResultsIsNamed) {
  expect_one_line_with(evaluate(gt_.dump(), json{{"annotations", dt_}}.dump()),
                       "dt.json: is not a JSON list but an object (it has: annotations); results are a list");
  expect_one_line_with(evaluate(dt_.dump(), dt_.dump()), "gt.json: has no list 'categories'");
  expect_one_line_with(evaluate("<html>", dt_.dump()), "gt.json: this is a page of HTML");
  expect_one_line_with(evaluate(gt_.dump(), "version https://git-lfs.github.com/spec/v1\n"), "git lfs pull");
}

TEST_F(FoundAnnotationsCli, TheIdZeroIsSaid) {
  gt_["annotations"][0]["id"] = 0;
  expect_as_plain(evaluate(), "warning: gt.json: an annotation has the id 0: it counts here like any other");
}

TEST_F(FoundAnnotationsCli, AHalfLvisFileKeepsItsProtocolAndSaysSo) {
  gt_["categories"] = {{{"id", 1}, {"name", "red"}}, {{"id", 2}, {"name", "green"}, {"frequency", "f"}}};
  for (json& image : gt_["images"]) image["neg_category_ids"] = image["not_exhaustive_category_ids"] = json::array();
  gt_["images"][2].erase("neg_category_ids");
  const Outcome outcome = evaluate("--iou bbox --per-class c.csv");
  const json metrics = metrics_of(outcome);
  EXPECT_EQ(metrics["protocol"], "lvis");
  EXPECT_TRUE(metrics["bbox"].contains("APr"));
  EXPECT_NE(outcome.err.find("warning: gt.json: category 1 'red' has no 'frequency'"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("warning: gt.json: image 3 has no 'neg_category_ids'"), std::string::npos) << outcome.err;
  EXPECT_NE(read_file(folder_ / "c.csv").find(",lvis,frequencies and neg_category_ids\n"), std::string::npos);
}

// 16 training images, each with a red object; a green one on the first 8.
TEST_F(FoundAnnotationsCli, TheTrainingSetGroupsTheClasses) {
  json train = gt_;
  train["images"] = train["annotations"] = json::array();
  for (int i = 1; i <= 16; ++i) {
    train["images"].push_back({{"id", i}});
    for (int c = 1; c <= (i <= 8 ? 2 : 1); ++c) {
      train["annotations"].push_back({{"image_id", i}, {"category_id", c}, {"bbox", {1, 1, 5, 5}}});
    }
  }
  write_file(folder_ / "train.json", train.dump());
  const json plain = metrics_of(evaluate());
  EXPECT_FALSE(plain["bbox"].contains("APr"));
  const json metrics = metrics_of(evaluate("--iou bbox --train-annotations train.json --per-class c.csv"));
  EXPECT_EQ(metrics["frequency_source"], "training images in train.json: r up to 10, c up to 100, f above");
  const double rare = metrics["bbox"]["APr"], common = metrics["bbox"]["APc"];
  EXPECT_NEAR((rare + common) / 2, metrics["bbox"]["AP"].get<double>(), 1e-12);
  EXPECT_EQ(metrics["bbox"]["APf"], -1);
  EXPECT_EQ(metrics["bbox"]["AP"], plain["bbox"]["AP"]);
  const std::string classes = read_file(folder_ / "c.csv");
  EXPECT_NE(classes.find("\n1,red,c,16,16,"), std::string::npos) << classes;
  EXPECT_NE(classes.find("\n2,green,r,8,8,"), std::string::npos) << classes;
  const json other =
      metrics_of(evaluate("--iou bbox --train-annotations train.json --rare-at-most 7 --common-at-most 8"));
  EXPECT_EQ(other["bbox"]["APc"].get<double>(), rare);
  EXPECT_EQ(other["bbox"]["APf"].get<double>(), common);
}

TEST_F(FoundAnnotationsCli, LeftOutObjectsAreCounted) {
  for (std::size_t i = 0; i < 16; i += 2) gt_["annotations"][i]["iscrowd"] = 1;
  gt_["annotations"][1]["ignore"] = 1;
  gt_["annotations"][3]["bbox"] = {64, 5, 5, 5};  // touches the image from outside
  write_file(folder_ / "gt.json", gt_.dump());
  const Outcome text = run("data stats gt.json");
  EXPECT_NE(text.out.find("10 of 16 objects are left out: 8 crowds (iscrowd), 1 marked to be ignored, 1 of less than a "
                          "pixel inside the image"),
            std::string::npos)
      << text.out;
  const json stats = json::parse(run("data stats gt.json --json").out);
  EXPECT_EQ(stats["left_out"]["objects"], 10);
  EXPECT_EQ(stats["objects"], 6);
}

}  // namespace
}  // namespace longtail::testing

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "tests/cli/command.h"
#include "tests/support/exif_pictures.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

/// With a small set of scenes that is drawn once for all tests.
class InstancesCli : public CliTest {
 protected:
  static fs::path scenes() { return fs::path(LONGTAIL_BINARY_DIR) / "tests" / "cli" / "quick_scenes"; }

  static void SetUpTestSuite() {
    setenv("LONGTAIL_QUICK_SCENES", scenes().c_str(), 1);
    if (fs::exists(scenes() / "val.json")) return;
    const fs::path aside = scenes().string() + "." + std::to_string(getpid());
    fs::create_directories(aside.parent_path());
    const Outcome made =
        longtail("data make-emoji --task instance_segmentation --out '" + aside.string() +
                     "' --classes 10 --size 64x64 --train 16 --val 8 --val-floor 1 --objects 1 3 --threads 1",
                 aside.parent_path());
    ASSERT_EQ(made.code, 0) << made.err;
    std::error_code taken;
    fs::rename(aside, scenes(), taken);
  }

  json metrics_of(const fs::path& file) { return json::parse(read_file(folder_ / file)).at("metrics"); }
};

TEST_F(InstancesCli, ARunLeavesDetectionsWhoseEvaluationIsItsResult) {
  const Outcome trained = run("train quick/instances --work-dir run");
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const char* file : {"detections.json", "per_class.csv", "learned_confusion.csv", "learned_confusion.png"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / file)) << file;
  }
  const json measured = metrics_of("run/result.json");
  EXPECT_TRUE(measured.at("segm").contains("APr"));
  const Outcome again = run("evaluate --annotations '" + (scenes() / "val.json").string() +
                            "' --results run/detections.json --out metrics.json");
  ASSERT_EQ(again.code, 0) << again.err;
  const json from_file = json::parse(read_file(folder_ / "metrics.json"));
  for (const char* kind : {"bbox", "segm"}) {
    for (const auto& [name, value] : measured.at(kind).items())
      EXPECT_EQ(value, from_file.at(kind).at(name)) << kind << name;
  }
}

TEST_F(InstancesCli, EvalGivesTheNumbersOfTheRun) {
  ASSERT_EQ(run("train quick/instances --work-dir run").code, 0);
  const Outcome outcome = run("eval quick/instances --weights run --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(read_file(folder_ / "run/result.json"));
  json evaluated = json::parse(outcome.out);
  for (const char* fact : {"protocol", "protocol_reason", "frequency_source"}) {
    EXPECT_EQ(evaluated.at(fact), result.at(fact));
    evaluated.erase(fact);
  }
  EXPECT_EQ(result.at("protocol"), "lvis");
  EXPECT_EQ(evaluated, result.at("metrics"));
}

TEST_F(InstancesCli, AFinishedRunCanBeCalibrated) {
  ASSERT_EQ(run("train quick/instances --work-dir run --set loss.alpha=0").code, 0);
  const Outcome outcome =
      run("eval quick/instances --weights run --json --set loss.alpha=0 "
          "--set 'calibration={type: mean_score, score: column_sum, suppress_below: 0.001}'");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(json::parse(outcome.out).at("segm").contains("AP"));
  const Outcome softmax = run("eval quick/instances --weights run --set loss=softmax --set calibration=mean_score");
  EXPECT_EQ(softmax.code, 2) << softmax.err;
  EXPECT_NE(softmax.err.find("needs a confusion matrix"), std::string::npos) << softmax.err;
}

TEST_F(InstancesCli, PredictDrawsOnPicturesWithoutAnnotations) {
  ASSERT_EQ(run("train quick/instances --work-dir run").code, 0);
  std::string pictures;
  for (const auto& entry : fs::recursive_directory_iterator(scenes() / "images" / "val")) {
    if (entry.is_regular_file() && std::count(pictures.begin(), pictures.end(), ' ') < 2) {
      pictures += "'" + entry.path().string() + "' ";
    }
  }
  const Outcome outcome = run("predict quick/instances --weights run " + pictures + "--out found --min-score 0.05");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::size_t overlays = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "found")) overlays += entry.path().extension() == ".png";
  EXPECT_EQ(overlays, 2u);
  for (const json& detection : json::parse(read_file(folder_ / "found/detections.json"))) {
    EXPECT_TRUE(detection.at("image_id") == 1 || detection.at("image_id") == 2);
    EXPECT_EQ(detection.at("segmentation").at("size"), (json{64, 64}));
  }
  const Outcome missing = run("predict quick/instances --weights run nowhere.jpg --out found2");
  EXPECT_EQ(missing.code, 4);
  EXPECT_NE(missing.err.find("nowhere.jpg"), std::string::npos) << missing.err;
}

TEST_F(InstancesCli, PredictTakesFoldersAndKeepsPicturesOfTheSameName) {
  ASSERT_EQ(run("train quick/instances --work-dir run --limit-batches 1 --set schedule.epochs=1").code, 0);
  const fs::path picture = fs::recursive_directory_iterator(scenes() / "images" / "val")->path();
  for (const char* folder : {"a", "b", "c"}) fs::create_directories(folder_ / folder);
  fs::copy_file(picture, folder_ / "a/x.jpg");
  fs::copy_file(picture, folder_ / "b/x.jpg");
  fs::copy_file(picture, folder_ / "c/x_2.jpg");
  write_file(folder_ / "a/notes.txt", "not a picture");
  const Outcome outcome = run("predict quick/instances --weights run a b c/x_2.jpg --out found");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* name : {"x.png", "x_2.png", "x_2_2.png"}) EXPECT_TRUE(fs::exists(folder_ / "found" / name)) << name;
  EXPECT_NE(read_file(folder_ / "found/pictures.csv").find("\n2,b/x.jpg,x_2.png,"), std::string::npos);
  write_file(folder_ / "a/broken.jpg", "not a picture");
  EXPECT_EQ(run("predict quick/instances --weights run a --out found3").code, 4);
  const Outcome skipped = run("predict quick/instances --weights run a --out found4 --set data.bad_image=skip");
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_NE(skipped.err.find("warning: left out: a/broken.jpg: "), std::string::npos) << skipped.err;
  fs::create_directories(folder_ / "empty");
  EXPECT_NE(run("predict quick/instances --weights run empty --out found2").err.find("empty: no picture"),
            std::string::npos);
}

// Stored 61 x 47, upright 47 x 61; folders are entered and kept, so that no overlay takes another's place.
TEST_F(InstancesCli, PredictSeesPicturesUprightAndKeepsTheirFolders) {
  ASSERT_EQ(run("train quick/instances --work-dir run --limit-batches 1 --set schedule.epochs=1").code, 0);
  const std::string jpeg = read_file(fs::path(LONGTAIL_SOURCE_DIR) / "tests/oracle/data/input_420.jpg");
  write_file(folder_ / "p/x.jpg", jpeg_with_exif(jpeg, 6, true));
  write_file(folder_ / "p/june/x.jpg", jpeg_with_exif(jpeg, 1, true));
  std::string index;
  for (int time = 0; time < 2; ++time) {  // the overlays of the first time are no pictures of the second
    const Outcome outcome = run("predict quick/instances --weights run p --out p/found --min-score 0");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    index = read_file(folder_ / "p/found/pictures.csv");
    EXPECT_EQ(std::count(index.begin(), index.end(), '\n'), 3) << index;
  }
  EXPECT_NE(index.find("\n1,p/june/x.jpg,june/x.png,"), std::string::npos) << index;
  EXPECT_NE(index.find("\n2,p/x.jpg,x.png,"), std::string::npos) << index;
  const auto size = [&](const std::string& file) { return read_file(folder_ / "p/found" / file).substr(16, 8); };
  // Drawn with a longer side of 640 pixels: 47 * 640 / 61 = 493 (0x1ed).
  EXPECT_EQ(size("x.png"), std::string("\0\0\x1\xed\0\0\x2\x80", 8)) << "width 493, height 640";
  EXPECT_EQ(size("june/x.png"), std::string("\0\0\x2\x80\0\0\x1\xed", 8));
  for (const json& detection : json::parse(read_file(folder_ / "p/found/detections.json"))) {
    const json expected = detection.at("image_id") == 2 ? json{61, 47} : json{47, 61};
    EXPECT_EQ(detection.at("segmentation").at("size"), expected);
  }
}

TEST_F(InstancesCli, ARunIsEvaluatedWithAllOfItsWeights) {
  ASSERT_EQ(run("train quick/instances --work-dir run --limit-batches 1 --set schedule.epochs=1 "
                "--set model.mask_head.convs=2")
                .code,
            0);
  const Outcome outcome = run("eval quick/instances --weights run");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("tensors that this configuration's model has not"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("use the run's own: run/config.yaml"), std::string::npos) << outcome.err;
  EXPECT_EQ(run("eval run/config.yaml --weights run").code, 0);
}

TEST_F(InstancesCli, TheClassesOfBothSplitsMustBeTheSame) {
  ASSERT_EQ(run("train quick/instances --work-dir run --limit-batches 1 --set schedule.epochs=1").code, 0);
  json val = json::parse(read_file(scenes() / "val.json"));
  std::swap(val["categories"][0]["name"], val["categories"][1]["name"]);
  write_file(folder_ / "val.json", val.dump());
  const std::string more = " --set data.val=val.json --set data.protocol=coco";
  for (const std::string& command :
       {"eval quick/instances --weights run" + more, "train quick/instances --work-dir run2" + more}) {
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_NE(outcome.err.find("val.json: class 1 is '"), std::string::npos) << outcome.err;
  }
}

/// Annotations in COCO's format, with counts of the training set that differ from those of the test set.
TEST_F(InstancesCli, CocoDataIsGroupedByItsTrainingSet) {
  std::map<int, int> images;
  for (const char* split : {"train", "val"}) {
    json set = json::parse(read_file(scenes() / (std::string(split) + ".json")));
    for (json& category : set["categories"]) {
      for (const char* key : {"frequency", "image_count", "instance_count"}) category.erase(key);
    }
    for (json& image : set["images"]) image.erase("neg_category_ids");
    std::set<std::pair<int, int>> pairs;
    for (const json& object : set["annotations"]) pairs.emplace(object["image_id"], object["category_id"]);
    for (const auto& [image, category] : pairs) images[category] += split == std::string("train") ? 1 : 0;
    write_file(folder_ / (std::string(split) + ".json"), set.dump());
  }
  const std::string data =
      "--set schedule.epochs=1 --set data.train=train.json --set data.val=val.json --set data.rare_at_most=2 "
      "--set data.common_at_most=4 ";
  const Outcome outcome = run("train quick/instances --work-dir run " + data);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(read_file(folder_ / "run/result.json"));
  EXPECT_EQ(result.at("protocol"), "coco");
  EXPECT_EQ(result.at("frequency_source"), "training images in train.json: r up to 2, c up to 4, f above");
  EXPECT_TRUE(result.at("metrics").at("segm").contains("APr"));
  EXPECT_EQ(json::parse(read_file(folder_ / "run/metrics.jsonl")
                            .substr(read_file(folder_ / "run/metrics.jsonl").rfind("{\"kind\":\"evaluation")))
                .at("protocol"),
            "coco");
  std::istringstream lines(read_file(folder_ / "run/per_class.csv"));
  std::string line;
  std::getline(lines, line);
  for (const auto& [id, count] : images) {
    std::getline(lines, line);
    const char group = count <= 2 ? 'r' : count <= 4 ? 'c' : 'f';
    EXPECT_NE(line.find(std::string(",") + group + "," + std::to_string(count) + ","), std::string::npos) << line;
  }
  EXPECT_EQ(run("report run --out report.html").code, 0);
  const std::string report = read_file(folder_ / "report.html");
  EXPECT_NE(report.find("Protocol: coco (no frequencies and no neg_category_ids)"), std::string::npos);
}

TEST_F(InstancesCli, BoxesWithoutOutlinesAreTrainedAndEvaluatedAsBoxes) {
  for (const char* split : {"train", "val"}) {
    json set = json::parse(read_file(scenes() / (std::string(split) + ".json")));
    for (json& object : set["annotations"]) object.erase("segmentation");
    for (json& category : set["categories"]) category.erase("frequency");
    write_file(folder_ / (std::string(split) + ".json"), set.dump());
  }
  const std::string train =
      "train quick/instances --limit-batches 2 --set schedule.epochs=1 --set data.train=train.json "
      "--set data.val=val.json --work-dir ";
  const Outcome outcome = run(train + "run");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("objects have no outline: they train classes and boxes, not masks"), std::string::npos)
      << outcome.err;
  EXPECT_TRUE(metrics_of("run/result.json").contains("bbox"));
  EXPECT_FALSE(metrics_of("run/result.json").contains("segm"));
  EXPECT_NE(outcome.err.find("'frequency': evaluated by COCO's protocol"), std::string::npos) << outcome.err;
  const Outcome lvis = run(train + "run2 --set data.protocol=lvis");
  EXPECT_EQ(lvis.code, 4) << lvis.err;
  EXPECT_NE(lvis.err.find("use data.protocol: coco"), std::string::npos) << lvis.err;
}

TEST_F(InstancesCli, BrokenPicturesAreLeftOutEvenWhereTheyFillABatch) {
  fs::copy(scenes(), folder_ / "set", fs::copy_options::recursive);
  std::vector<fs::path> pictures;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "set/images/train")) {
    if (entry.is_regular_file()) pictures.push_back(entry.path());
  }
  fs::resize_file(pictures.at(0), 300);
  const std::string train =
      "train quick/instances --set schedule.epochs=1 --set loader.batch_size=1 --set sampler=random "
      "--set data.train_images=set --set evaluation.every=0 --work-dir ";
  const Outcome stopped = run(train + "run");
  EXPECT_EQ(stopped.code, 4) << stopped.err;
  const Outcome skipped = run(train + "run2 --set data.bad_image=skip");
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_NE(skipped.err.find("image 1 skipped: "), std::string::npos) << skipped.err;
  for (const fs::path& picture : pictures) fs::resize_file(picture, 300);
  const Outcome none = run(train + "run3 --set data.bad_image=skip");
  EXPECT_EQ(none.code, 4) << none.err;
  EXPECT_NE(none.err.find("no image of 16 batches in a row can be read; check data.train_images set"),
            std::string::npos)
      << none.err;
}

TEST_F(InstancesCli, TheLimitOfLvisIsThreeHundredWhateverTheModelGives) {
  const Outcome trained =
      run("train quick/instances --work-dir run --limit-batches 1 --set schedule.epochs=1 "
          "--set model.test.max_detections=7");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(metrics_of("run/result.json").at("segm").contains("AR@300"));
}

TEST_F(InstancesCli, ATrialOfAFewBatchesIsNoResult) {
  const std::string train = "train quick/instances --set schedule.epochs=1 --work-dir run";
  ASSERT_EQ(run(train + " --limit-batches 1").code, 0);
  EXPECT_EQ(json::parse(read_file(folder_ / "run/result.json")).at("limit_batches"), 1);
  EXPECT_EQ(run(train + " --limit-batches 1 --resume").code, 0);
  const Outcome whole = run(train + " --resume");
  EXPECT_EQ(whole.code, 2) << whole.err;
  EXPECT_NE(whole.err.find("run was finished with --limit-batches 1 and is not the same without --limit-batches"),
            std::string::npos)
      << whole.err;
}

TEST_F(InstancesCli, AKilledRunGoesOnToTheSameWeights) {
  const std::string train = "train quick/instances --set schedule.epochs=3 --work-dir ";
  ASSERT_EQ(run(train + "whole").code, 0);
  const Ending ending = longtail_signalled_at(train + "killed", folder_, SIGKILL, [this] {
    return fs::exists(folder_ / "killed/checkpoints/epoch_0001.state.safetensors");
  });
  ASSERT_TRUE(ending.by_signal);
  const Outcome resumed = run(train + "killed --resume --set loader.threads=1");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const char* weights = "checkpoints/epoch_0003.safetensors";
  EXPECT_EQ(read_file(folder_ / "killed" / weights), read_file(folder_ / "whole" / weights));
  EXPECT_EQ(read_file(folder_ / "killed/detections.json"), read_file(folder_ / "whole/detections.json"));
}

}  // namespace
}  // namespace longtail::testing

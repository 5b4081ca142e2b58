#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

/// A small set of scenes, drawn once for all tests.
class InstanceDataCli : public CliTest {
 protected:
  static void SetUpTestSuite() {
    CliTest::SetUpTestSuite();
    if (fs::exists(scenes() / "train.json")) return;
    const fs::path aside = scenes().string() + "." + std::to_string(getpid());
    const Outcome made = longtail("data make-emoji --task instance_segmentation --out '" + aside.string() +
                                      "' --train 20 --val 12 --classes 6 --size 96x64 --imbalance 10 --bounds 3 8 "
                                      "--threads 1",
                                  aside.parent_path());
    ASSERT_EQ(made.code, 0) << made.err;
    std::error_code taken;
    fs::rename(aside, scenes(), taken);
  }

  static fs::path scenes() { return fs::path(LONGTAIL_BINARY_DIR) / "tests" / "cli" / "scenes"; }

  static json read_json(const fs::path& file) { return json::parse(read_file(file)); }

  /// A copy of the scenes' training annotations, changed.
  template <class Change>
  std::string changed(const Change& change) {
    json all = read_json(scenes() / "train.json");
    change(all);
    write_file(folder_ / "train.json", all.dump());
    return (folder_ / "train.json").string();
  }

  Outcome browse(const std::string& annotations, const std::string& more = "") {
    return run("data browse --annotations " + annotations + " --root " + scenes().string() + " --out out.png " + more);
  }

  static void expect_one_line_with(const Outcome& outcome, int code, const std::string& part) {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
};

TEST_F(InstanceDataCli, MakeEmojiSaysWhatItMade) {
  const Outcome outcome =
      run("data make-emoji --task instance_segmentation --out set --train 8 --val 4 --classes 4 --size 64 --masks "
          "polygons --format png --objects 1 3");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.rfind("set: 4 classes: ", 0), 0u) << outcome.out;
  EXPECT_NE(outcome.out.find("train: 8 pictures, "), std::string::npos) << outcome.out;
  const json train = read_json(folder_ / "set" / "train.json");
  EXPECT_EQ(train["images"].size(), 8u);
  EXPECT_TRUE(train["annotations"][0]["segmentation"].is_array());
  for (const json& image : train["images"]) EXPECT_TRUE(fs::exists(folder_ / "set" / image["file_name"]));
  EXPECT_NE(read_file(folder_ / "set" / "about.txt").find("--objects 1 3"), std::string::npos);
}

TEST_F(InstanceDataCli, OptionsOfAnotherTaskAreRefused) {
  expect_one_line_with(run("data make-emoji --out set --train 8"), 2,
                       "--train: is for --task instance_segmentation alone");
  expect_one_line_with(run("data make-emoji --task instance_segmentation --out set --max-count 8"), 2,
                       "--max-count: is for --task classification alone");
  expect_one_line_with(run("data make-emoji --task instance_segmentation --out set --size 64by64"), 2,
                       "--size: '64by64' is not WIDTHxHEIGHT");
  expect_one_line_with(run("data make-emoji --out set --size 64x64"), 2, "--size: '64x64' is no number of pixels");
  EXPECT_FALSE(fs::exists(folder_ / "set"));
}

TEST_F(InstanceDataCli, BrowseDrawsTheAnnotatedImages) {
  const Outcome outcome = browse((scenes() / "train.json").string(), "--count 4");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "out.png: 4 images\n");
  const std::string first = read_file(folder_ / "out.png");
  EXPECT_GT(first.size(), 20000u);
  browse((scenes() / "train.json").string(), "--count 4");
  EXPECT_EQ(read_file(folder_ / "out.png"), first);
  browse((scenes() / "train.json").string(), "--count 4 --seed 1");
  EXPECT_NE(read_file(folder_ / "out.png"), first);
}

TEST_F(InstanceDataCli, BrowseKnowsTheClasses) {
  const std::string annotations = (scenes() / "train.json").string();
  EXPECT_EQ(browse(annotations, "--class beaming_face").code, 0);
  expect_one_line_with(browse(annotations, "--class beeming_face"), 4, "(did you mean 'beaming_face'?)");
}

TEST_F(InstanceDataCli, BrowseShowsWhatTrainingGets) {
  const std::string data = "{train: " + (scenes() / "train.json").string() + ", train_images: " + scenes().string() +
                           ", transform: {short_sides: [64, 96]}}";
  write_file(folder_ / "scenes.yaml",
             "task: instance_segmentation\ndata: " + data + "\nsampler: {type: rfs, threshold: 0.5}\n");
  const Outcome outcome = run("data browse --config scenes.yaml --out first.png --count 6");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "first.png: 6 images\n");
  EXPECT_EQ(run("data browse --config scenes.yaml --out second.png --count 6 --epoch 1").code, 0);
  EXPECT_NE(read_file(folder_ / "first.png"), read_file(folder_ / "second.png"));
  expect_one_line_with(run("data browse --config quick.yaml --out out.png"), 2, "is an experiment in classification");
  expect_one_line_with(run("data browse --out out.png"), 2, "give one of them");
}

TEST_F(InstanceDataCli, BrowseNamesAMissingImageAndAWrongRoot) {
  const std::string missing = changed([](json& all) {
    all["images"] = {all["images"][0]};
    all["annotations"] = json::array({all["annotations"][0]});
    all["annotations"][0]["image_id"] = all["images"][0]["id"];
    all["images"][0]["file_name"] = "images/train/nowhere.jpg";
  });
  expect_one_line_with(browse(missing), 4, "no 'images/train/nowhere.jpg' in it");
  expect_one_line_with(run("data browse --out out.png --root /nowhere --annotations " + missing), 4,
                       "/nowhere: the data folder does not exist; set --root");
}

TEST_F(InstanceDataCli, BrowseLeavesOutObjectsOfUnknownImages) {
  const Outcome outcome = browse(changed([](json& all) { all["annotations"][1]["image_id"] = 9999; }));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("9999"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: 1 broken object left out"), std::string::npos) << outcome.err;
}

TEST_F(InstanceDataCli, ABrokenImageIsNamed) {
  fs::copy(scenes(), folder_ / "set", fs::copy_options::recursive);
  fs::resize_file(folder_ / "set" / "images/train/000003.jpg", 300);
  const Outcome outcome = run("data browse --annotations set/train.json --root set --out out.png --count 20");
  expect_one_line_with(outcome, 4, "images/train/000003.jpg");
}

}  // namespace
}  // namespace longtail::testing

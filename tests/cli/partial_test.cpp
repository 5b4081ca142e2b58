#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

/// What --limit-batches leaves behind says everywhere that it is no result.
class PartialCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    const Outcome drawn =
        run("data make-emoji --task instance_segmentation --out scenes --classes 10 --size 64x64 --train 16 --val 8 "
            "--val-floor 1 --objects 1 3 --threads 1");
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    setenv("LONGTAIL_QUICK_SCENES", (folder_ / "scenes").c_str(), 1);
  }
  void TearDown() override { unsetenv("LONGTAIL_QUICK_SCENES"); }

  json parsed(const std::string& file) const { return json::parse(read_file(folder_ / file), nullptr, false); }

  /// The validation set with its first `count` images only, as the evaluation orders them: by id.
  void write_beginning(std::size_t count) {
    json set = parsed("scenes/val.json");
    json images = json::array(), objects = json::array();
    std::sort(set["images"].begin(), set["images"].end(),
              [](const json& a, const json& b) { return a["id"].get<int>() < b["id"].get<int>(); });
    for (std::size_t i = 0; i < count; ++i) images.push_back(set["images"][i]);
    for (const json& object : set["annotations"]) {
      for (const json& image : images) {
        if (image["id"] == object["image_id"]) objects.push_back(object);
      }
    }
    set["images"] = images;
    set["annotations"] = objects;
    write_file(folder_ / "beginning.json", set.dump());
  }
};

constexpr const char* kTrain = "train quick/instances --set schedule.epochs=1 --work-dir ";

TEST_F(PartialCli, ARunSaysSoInAllItsFiles) {
  const Outcome outcome = run(std::string(kTrain) + "run --limit-batches 1");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json result = parsed("run/result.json");
  EXPECT_EQ(result.at("status"), "partial");
  EXPECT_EQ(result.at("limit_batches"), 1);
  EXPECT_NE(outcome.out.find("partial: of 1 batch only, no result"), std::string::npos) << outcome.out;
  EXPECT_NE(read_file(folder_ / "run/log.txt").find("partial: of 1 batch only"), std::string::npos);
  EXPECT_NE(read_file(folder_ / "run/metrics.jsonl").find("\"partial\""), std::string::npos);
  for (const char* name : {"detections", "per_class", "learned_confusion", "confused_pairs"}) {
    const std::string ending = name == std::string("detections") ? ".json" : ".csv";
    EXPECT_FALSE(fs::exists(folder_ / "run" / (name + ending))) << name;
    EXPECT_TRUE(fs::exists(folder_ / "run" / (name + (".partial" + ending)))) << name;
  }
  const Outcome evaluated = run("evaluate --annotations scenes/val.json --results run/detections.partial.json");
  EXPECT_NE(evaluated.err.find("warning: run/detections.partial.json holds the detections of a part"),
            std::string::npos)
      << evaluated.err;
  ASSERT_EQ(run("report run --out page.html").code, 0);
  EXPECT_NE(read_file(folder_ / "page.html").find("partial: of 1 batch only"), std::string::npos);
}

TEST_F(PartialCli, AnEvaluationCountsTheImagesThatItHasSeen) {
  ASSERT_EQ(run(std::string(kTrain) + "run").code, 0);
  const std::string eval = "eval quick/instances --weights run --set data.test_batch=1 --json ";
  const Outcome limited = run(eval + "--limit-batches 3 --out limited");
  ASSERT_EQ(limited.code, 0) << limited.err;
  const json metrics = json::parse(limited.out);
  EXPECT_NE(metrics.at("partial").get<std::string>().find("3 batches"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder_ / "limited/detections.partial.json"));
  write_beginning(3);
  const Outcome alone = run(eval + "--set data.val=beginning.json");
  ASSERT_EQ(alone.code, 0) << alone.err;
  for (const char* group : {"bbox", "segm"}) EXPECT_EQ(metrics.at(group), json::parse(alone.out).at(group)) << group;
  const Outcome text = run("eval quick/instances --weights run --limit-batches 3");
  EXPECT_NE(text.out.find("partial: of 3 batches only, no result"), std::string::npos) << text.out;
}

TEST_F(PartialCli, ATableSaysSoOfItsRows) {
  write_file(
      folder_ / "sweep.yaml",
      "name: sweep\nextends: [quick/instances]\naxes: {optimizer.momentum: [0.8, 0.9]}\nschedule: {epochs: 1}\n");
  const Outcome outcome = run("matrix sweep.yaml --work-dir work --limit-batches 1");
  ASSERT_EQ(outcome.code, 0) << outcome.err << outcome.out;
  EXPECT_NE(outcome.out.find("partial: of 1 batch only, no result"), std::string::npos) << outcome.out;
  for (const char* file : {"table.md", "table.csv", "table.json"}) {
    EXPECT_NE(read_file(folder_ / "work/sweep-limit1" / file).find("partial: of 1 batch only"), std::string::npos)
        << file;
  }
}

// The same table, to the letter, as of the detections that the run has left.
TEST_F(PartialCli, TrainAndEvalEndWithTheTableOfEvaluate) {
  const Outcome trained = run(std::string(kTrain) + "run");
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Outcome evaluated = run("evaluate --annotations scenes/val.json --results run/detections.json");
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  const std::string table = evaluated.out.substr(evaluated.out.find("%  "));
  EXPECT_NE(trained.out.find(table), std::string::npos) << trained.out << evaluated.out;
  const Outcome eval = run("eval quick/instances --weights run");
  EXPECT_NE(eval.out.find(table), std::string::npos) << eval.out << evaluated.out;
}

}  // namespace
}  // namespace longtail::testing

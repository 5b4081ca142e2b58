#include <map>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

/// A file in the format of LVIS with the wanted number of categories, one image and two objects.
std::string lvis_file(int categories, const std::string& image) {
  json file{{"images",
             {{{"id", 1},
               {"width", 64},
               {"height", 64},
               {"file_name", image},
               {"neg_category_ids", {7}},
               {"not_exhaustive_category_ids", json::array()}}}},
            {"annotations", json::array()},
            {"categories", json::array()}};
  for (int id = 1; id <= categories; ++id) {
    const char* frequency = id % 3 == 0 ? "r" : id % 3 == 1 ? "c" : "f";
    file["categories"].push_back({{"id", id},
                                  {"name", "class " + std::to_string(id)},
                                  {"frequency", frequency},
                                  {"image_count", id <= 2 ? 1 : 0},
                                  {"instance_count", id <= 2 ? 1 : 0}});
  }
  for (int id = 1; id <= 2; ++id) {
    const int x = 8 * id;
    file["annotations"].push_back({{"id", id},
                                   {"image_id", 1},
                                   {"category_id", id},
                                   {"bbox", {x, x, 24, 32}},
                                   {"area", 768},
                                   {"segmentation", {{x, x, x + 24, x, x + 24, x + 32, x, x + 32}}}});
  }
  return file.dump();
}

/// LVIS with all its categories and a single small picture, so that every row can be trained for a step.
class TablesCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    for (const char* split : {"train", "val"}) {
      for (const char* version : {"v0.5", "v1"}) {
        const std::string image = std::string(version) == "v1" ? "train2017/picture.png" : "picture.png";
        write_file(folder_ / ("lvis/lvis_" + std::string(version) + "_" + split + ".json"),
                   lvis_file(std::string(version) == "v1" ? 1203 : 1230, image));
      }
      fs::create_directories(folder_ / "coco" / (std::string(split) + "2017"));
    }
    Outcome drawn =
        run("data make-emoji --task instance_segmentation --out scenes --classes 3 --size 64x64 --train 1 "
            "--val 1 --val-floor 1 --format png");
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "scenes")) {
      if (entry.path().extension() != ".png") continue;
      for (const char* split : {"train2017", "val2017"}) {
        fs::copy_file(entry.path(), folder_ / "coco" / split / "picture.png", fs::copy_options::overwrite_existing);
      }
    }
    setenv("LONGTAIL_LVIS", (folder_ / "lvis").c_str(), 1);
    setenv("LONGTAIL_COCO", (folder_ / "coco").c_str(), 1);
  }

  void TearDown() override {
    unsetenv("LONGTAIL_LVIS");
    unsetenv("LONGTAIL_COCO");
  }

  json dry_run(const std::string& table) {
    const Outcome outcome = run("matrix tables/" + table + " --dry-run --json");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? json::parse(outcome.out) : json::array();
  }

  /// Trains every row for a step in each phase: full width of the heads' outputs, a small picture and backbone.
  void train_all_rows(const std::string& table, std::size_t rows) {
    const Outcome outcome = run("matrix tables/" + table +
                                " --work-dir work --set model.backbone.depth=18 --set 'model.init=\"\"' "
                                "--set loader.batch_size=1 --set schedule.epochs=2 --set schedule.milestones=[] "
                                "--set 'schedule.phases=[{until: 1, set: {loss: {alpha: 0}}}, {until: 2}]' "
                                "--set model.box_head.channels=64 --set model.fpn.channels=32 "
                                "--set 'data.transform={short_sides: [64], test_short_side: 64}'");
    ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    std::size_t results = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "work" / table)) {
      results += entry.path().filename() == "result.json";
    }
    EXPECT_EQ(results, rows);
  }
};

TEST_F(TablesCli, EveryRowOfThePaperIsThereWithItsNumbers) {
  const std::map<std::string, std::pair<std::size_t, double>> tables{{"table1", {4, 27.0}},
                                                                     {"table2", {4, 27.7}},
                                                                     {"table3", {6, 25.1}},
                                                                     {"table4", {3, 27.7}},
                                                                     {"released_models", {9, 28.7}}};
  for (const auto& [table, expected] : tables) {
    const json rows = dry_run(table);
    ASSERT_EQ(rows.size(), expected.first) << table;
    EXPECT_DOUBLE_EQ(rows.back()["paper"]["AP"].get<double>(), expected.second) << table;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool unpublished = table == "table1" && i == 0;  // calibration without both modifications
      EXPECT_EQ(rows[i]["paper"].contains("APb"), !unpublished) << table << " row " << i;
    }
  }
}

TEST_F(TablesCli, TheRowsAreWhatTheirLabelsSay) {
  const json models = dry_run("released_models");
  ASSERT_EQ(models.size(), 9u);
  EXPECT_EQ(models[2]["config"]["loss"]["base"]["type"], "eql_v2");
  EXPECT_EQ(models[2]["config"]["paradigm"]["layer_norm"], true);
  EXPECT_EQ(models[3]["config"]["loss"]["alpha"], 0.05);
  EXPECT_EQ(models[7]["config"]["model"]["mask_head"]["predictor"], "cosine");
  EXPECT_NE(models[7]["config"]["data"]["train"].get<std::string>().find("lvis_v1_train.json"), std::string::npos);
  EXPECT_EQ(models[8]["config"]["model"]["backbone"]["depth"], 101);
  const json table4 = dry_run("table4");
  EXPECT_EQ(table4[1]["config"]["paradigm"]["type"], "rm");
  EXPECT_EQ(table4[0]["config"]["sampler"]["type"], "rfs");
  const json table1 = dry_run("table1");
  EXPECT_EQ(table1[3]["config"]["calibration"]["score"], "column_sum");
  EXPECT_EQ(table1[3]["config"]["loss"]["alpha"], 0.0);
}

TEST_F(TablesCli, EveryRowOfTable1Trains) { train_all_rows("table1", 4); }
TEST_F(TablesCli, EveryRowOfTable2Trains) { train_all_rows("table2", 4); }
TEST_F(TablesCli, EveryRowOfTable3Trains) { train_all_rows("table3", 6); }
TEST_F(TablesCli, EveryRowOfTable4Trains) { train_all_rows("table4", 3); }
TEST_F(TablesCli, EveryReleasedModelTrains) { train_all_rows("released_models", 9); }

}  // namespace
}  // namespace longtail::testing

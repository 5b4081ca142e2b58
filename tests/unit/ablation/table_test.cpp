#include "core/ablation/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/error.h>

#include "core/ablation/runner.h"
#include "core/ablation/table_text.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

class TableTest : public testing::Test {
 protected:
  TableTest() {
    matrix_.name = "t5";
    matrix_.title = "Two | rows";
    matrix_.seeds = {0, 1};
    matrix_.columns = {"many", "few"};
    matrix_.rows = {row("CE"), row("CE+PCB")};
    matrix_.rows[0].paper = {{"many", {67.76, 2}}, {"few", {7.4, 1}}};
    matrix_.rows[0].source = "PCB supplement, Table 5";
    write_layout(matrix_, folder_.path());
    result(0, 0, R"({"status": "finished", "metrics": {"accuracy": {"many": 0.70, "few": -1}}})");
    result(0, 1, R"({"status": "finished", "metrics": {"accuracy": {"many": 0.72, "few": -1}}})");
  }

  static MatrixRow row(const std::string& label) {
    MatrixRow row;
    row.label = row.slug = label;
    row.config = Node::map();
    row.config.set("label", Node::of(label));
    return row;
  }

  void result(std::size_t row, std::int64_t seed, const std::string& json) {
    const RunPaths paths = run_paths(folder_.path(), matrix_.rows[row].slug, seed);
    write_text_file(paths.folder / "result.json", json);
    write_text_file(paths.config, to_yaml(run_config(matrix_.rows[row], seed)));
  }

  TemporaryFolder folder_;
  Matrix matrix_;
};

TEST_F(TableTest, MeanAndSpreadBesideThePaper) {
  const Table table = collect_table(folder_.path());
  EXPECT_DOUBLE_EQ(table.rows[0].cells[0].mean(), 0.71);
  EXPECT_NEAR(table.rows[0].cells[0].spread(), 0.0141421, 1e-6);
  EXPECT_EQ(table_terminal(table, false),
            "t5: Two | rows\n"
            "                many             few\n"
            "                 ours paper   ours paper\n"
            "CE       71.00 ± 1.41 67.76      —   7.4\n"
            "CE+PCB              —     —      —     —\n"
            "— CE: few: the test set has nothing to average there\n"
            "— CE+PCB: not trained yet\n"
            "paper: PCB supplement, Table 5\n"
            "mean ± standard deviation over seeds 0, 1\n");
}

TEST_F(TableTest, MarkdownAndCsv) {
  const Table table = write_table(folder_.path());
  EXPECT_EQ(table_markdown(table), read_text_file(folder_.path() / "table.md"));
  EXPECT_THAT(table_markdown(table), HasSubstr("|  | many | paper | few | paper |\n|---|---:|---:|---:|---:|\n"
                                               "| CE | 71.00 ± 1.41 | 67.76 | — | 7.4 |\n"));
  EXPECT_EQ(
      read_text_file(folder_.path() / "table.csv"),
      "label,seeds,many,many_spread,many_paper,few,few_spread,few_paper,source,notes,protocol\n"
      "CE,2,71.0000,1.4142,67.76,,,7.4,\"PCB supplement, Table 5\",few: the test set has nothing to average there,\n"
      "CE+PCB,0,,,,,,,,not trained yet,\n");
}

TEST_F(TableTest, JsonHoldsFractions) {
  const nlohmann::json json = to_json(collect_table(folder_.path()));
  EXPECT_DOUBLE_EQ(json["rows"][0]["measured"]["many"]["mean"], 0.71);
  EXPECT_FALSE(json["rows"][0]["measured"].contains("few"));
  EXPECT_DOUBLE_EQ(json["rows"][0]["paper_percent"]["many"], 67.76);
  EXPECT_EQ(json["rows"][1]["runs"][0]["status"], "pending");
}

TEST_F(TableTest, SomeSeedsAreBetterThanNone) {
  result(1, 1, R"({"status": "finished", "metrics": {"accuracy": {"many": 0.5, "few": 0.25}}})");
  const Table table = collect_table(folder_.path());
  EXPECT_EQ(measured_text(table.rows[1].cells[0], 2), "50.00");
  EXPECT_THAT(table.rows[1].notes, testing::ElementsAre("seed 0: not trained yet"));
}

TEST_F(TableTest, ADamagedResultIsNoResult) {
  result(0, 1, "{\"status\": \"fini");
  const Table table = collect_table(folder_.path());
  EXPECT_EQ(table.rows[0].cells[0].values.size(), 1u);
  EXPECT_THAT(table.rows[0].notes, testing::Contains("seed 1: not finished yet"));
}

TEST_F(TableTest, AFolderWithoutAMatrixIsADataError) {
  EXPECT_THROW(collect_table(folder_.path() / "nowhere"), DataError);
}

TEST_F(TableTest, APartialResultAndOtherConditionsAreTold) {
  result(1, 0,
         R"({"status": "partial", "limit_batches": 3, "threads": 2, "device": "cpu",
             "changes": ["after epoch 2: data: train.txt: its content is another"],
             "metrics": {"accuracy": {"many": 0.9, "few": 0.1}}})");
  const Table table = collect_table(folder_.path());
  ASSERT_EQ(table.rows[1].cells[0].values.size(), 1u);
  for (const std::string& text : {table_terminal(table, false), table_markdown(table), table_csv(table)}) {
    EXPECT_THAT(text, HasSubstr("seed 0: partial: of 3 batches only, no result"));
    EXPECT_THAT(text, HasSubstr("after epoch 2: data: train.txt: its content is another"));
  }
  // The results of CE do not tell how they were made.
  EXPECT_THAT(table_markdown(table), HasSubstr("warning: the rows were not all trained alike (2 threads, cpu; threads "
                                               "and device not told)"));
  EXPECT_EQ(to_json(table).at("warnings").size(), 1u);
}

TEST_F(TableTest, TheProtocolOfTheNumbersIsTold) {
  const auto evaluated = [&](std::size_t row, std::int64_t seed, const std::string& protocol) {
    result(row, seed,
           R"({"status": "finished", "metrics": {"accuracy": {"many": 0.7, "few": 0.5}}, "protocol": ")" + protocol +
               "\"}");
  };
  EXPECT_THAT(table_markdown(collect_table(folder_.path())), Not(HasSubstr("protocol")));
  evaluated(0, 0, "lvis");
  evaluated(0, 1, "lvis");
  Table table = collect_table(folder_.path());
  EXPECT_THAT(table_markdown(table), HasSubstr("\n- protocol: lvis\n"));
  EXPECT_THAT(table_terminal(table, false), HasSubstr("\nprotocol: lvis\n"));
  EXPECT_THAT(table_csv(table), HasSubstr("\"PCB supplement, Table 5\",,lvis\n"));
  EXPECT_EQ(to_json(table).at("rows").at(0).at("runs").at(0).at("protocol"), "lvis");
  EXPECT_EQ(to_json(table).at("rows").at(1).at("runs").at(0).at("protocol"), "");
  evaluated(0, 1, "coco");
  evaluated(1, 0, "coco");
  table = collect_table(folder_.path());
  EXPECT_THAT(table_markdown(table),
              HasSubstr("\n- protocol: coco (CE, CE+PCB), lvis (CE): their numbers cannot be compared\n"));
  EXPECT_THAT(table_csv(table), HasSubstr(",\"coco, lvis\"\n"));
}

TEST_F(TableTest, AlikeMeansNoWarning) {
  for (const std::int64_t seed : {0, 1}) {
    result(
        0, seed,
        R"({"status": "finished", "threads": 2, "device": "cpu", "metrics": {"accuracy": {"many": 0.7, "few": 0}}})");
  }
  EXPECT_TRUE(collect_table(folder_.path()).warnings.empty());
  result(0, 1,
         R"({"status": "finished", "threads": 1, "device": "cpu", "metrics": {"accuracy": {"many": 0.7, "few": 0}}})");
  EXPECT_EQ(collect_table(folder_.path()).warnings.size(), 1u);
}

}  // namespace
}  // namespace longtail

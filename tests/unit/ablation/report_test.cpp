#include "core/ablation/report.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/error.h>

#include "core/ablation/chart.h"
#include "core/ablation/run_history.h"
#include "core/ablation/runner.h"
#include "core/ablation/table.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr const char* kMetrics =
    "{\"kind\": \"train\", \"epoch\": 1, \"iteration\": 10, \"iteration_in_epoch\": 10, "
    "\"iterations_per_epoch\": 10, \"loss\": 2.5, \"learning_rate\": 0.1}\n"
    "{\"kind\": \"train\", \"epoch\": 2, \"iteration\": 15, \"iteration_in_epoch\": 5, "
    "\"iterations_per_epoch\": 20, \"loss\": 1.5, \"learning_rate\": 0.1}\n"
    "{\"kind\": \"evaluation\", \"epoch\": 1, \"iteration\": 10, \"metrics\": {\"accuracy\": {\"few\": 0.1, "
    "\"overall\": 0.3}}}\n"
    "{\"kind\": \"evaluation\", \"epoch\": 2, \"iteration\": 20, \"metrics\": {\"accuracy\": {\"few\": -1, "
    "\"overall\": 0.4}}}\n"
    "{\"kind\": \"tra";
constexpr const char* kResult =
    "{\"name\": \"<b>run</b>\", \"task\": \"classification\", \"seed\": 0, \"status\": \"finished\", \"epoch\": 2, "
    "\"train_seconds\": 65, \"metrics\": {\"accuracy\": {\"few\": -1, \"overall\": 0.4}}}";
constexpr const char* kClasses =
    "label,name,train_count,split,images,correct,accuracy\n"
    "0,\"a, b\",500,many,10,9,0.900000\n1,c,50,medium,10,5,0.500000\n2,d,5,few,0,0,\n";

TEST(RunHistory, ReadsCurvesInEpochs) {
  const TemporaryFolder folder;
  folder.write("metrics.jsonl", kMetrics);
  const RunHistory history = read_history(folder.path());
  EXPECT_THAT(history.loss, ElementsAre(Pair(1, 2.5), Pair(1.25, 1.5)));
  EXPECT_THAT(history.evaluation("/metrics/accuracy/overall"), ElementsAre(Pair(1, 0.3), Pair(2, 0.4)));
  EXPECT_THAT(history.evaluation("/metrics/accuracy/few"), ElementsAre(Pair(1, 0.1)));
}

TEST(RunHistory, ReadsAndGroupsClasses) {
  const TemporaryFolder folder;
  folder.write("per_class.csv", kClasses);
  const ClassScores scores = read_class_scores(folder.path());
  EXPECT_EQ(scores.measure, "accuracy");
  EXPECT_THAT(scores.classes, ElementsAre(Pair(500, 0.9), Pair(50, 0.5)));
  EXPECT_THAT(grouped_by_count({{1, 0.1}, {4, 0.4}, {3, 0.3}, {2, 0.2}}, 2),
              ElementsAre(Pair(3.5, testing::DoubleEq(0.35)), Pair(1.5, testing::DoubleNear(0.15, 1e-12))));
}

TEST(RunHistory, ReadsClassesOfDetection) {
  const TemporaryFolder folder;
  folder.write("per_class.csv",
               "id,name,frequency,image_count,instance_count,bbox_AP,segm_AP\n"
               "1,a,f,208,229,0.79,0.76\n7,b,r,2,2,0.2,0.1\n8,c,r,0,0,,\n9,d,r,1,1,-1,-1\n");
  const ClassScores scores = read_class_scores(folder.path());
  EXPECT_EQ(scores.measure, "AP");
  EXPECT_THAT(scores.classes, ElementsAre(Pair(208, 0.76), Pair(2, 0.1)));
  EXPECT_TRUE(read_class_scores(folder / "nowhere").classes.empty());
}

TEST(RunHistory, ClassesWithoutCountsAreNotDrawnAndThatIsSaid) {
  const TemporaryFolder folder;
  folder.write("per_class.csv",
               "id,name,frequency,image_count,instance_count,bbox_AP,protocol,protocol_reason\n"
               "1,a,,,,0.79,coco,no frequencies\n7,b,,,,-1,coco,no frequencies\n");
  const ClassScores scores = read_class_scores(folder.path());
  EXPECT_TRUE(scores.classes.empty());
  EXPECT_TRUE(scores.uncounted);
  folder.write("result.json",
               "{\"name\": \"x\", \"task\": \"instance_segmentation\", \"status\": \"finished\", \"metrics\": {}, "
               "\"protocol\": \"coco\", \"protocol_reason\": \"no frequencies\"}");
  const std::string html = report_html(folder.path());
  EXPECT_THAT(html, HasSubstr("AP by training frequency is not shown"));
  EXPECT_THAT(html, HasSubstr("Protocol: coco (no frequencies)"));
}

TEST(Chart, DrawsWhatCanBeDrawn) {
  EXPECT_EQ(chart_html({{"a", {}, false}}, {}), "");
  ChartOptions options;
  options.title = "<loss>";
  const std::string html = chart_html({{"a", {{1, 2}, {2, NAN}, {3, 4}}, false}, {"b & c", {{1, 1}}, false}}, options);
  EXPECT_THAT(html, HasSubstr("&lt;loss&gt;"));
  EXPECT_THAT(html, HasSubstr("b &amp; c"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  options.log_x = true;
  EXPECT_THAT(chart_html({{"a", {{0, 1}, {5, 2}, {1280, 3}}, true}}, options), Not(HasSubstr("inf")));
}

TEST(Report, OfARunIsOnePageWithoutAnythingToLoad) {
  const TemporaryFolder folder;
  folder.write("metrics.jsonl", kMetrics);
  folder.write("result.json", kResult);
  folder.write("per_class.csv", kClasses);
  folder.write("config.yaml", "name: <script>alert(1)</script>\n");
  const std::string html = report_html(folder.path());
  EXPECT_THAT(html, HasSubstr("<h1>&lt;b&gt;run&lt;/b&gt;</h1>"));
  EXPECT_THAT(html, HasSubstr("classification, seed 0, 2 epochs, trained in 1:05"));
  EXPECT_THAT(html, HasSubstr("<td>40.00</td>"));
  EXPECT_THAT(html, HasSubstr("Accuracy by training frequency"));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  for (const char* outside : {"<script", "http:", "https:", "src=", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
}

TEST(Report, OfARunShowsWhatItConfuses) {
  const TemporaryFolder folder;
  folder.write("result.json", kResult);
  folder.write("per_class.csv", kClasses);
  EXPECT_THAT(report_html(folder.path()), Not(HasSubstr("<img")));
  folder.write("learned_confusion.png", "\x89PNG");
  const std::string html = report_html(folder.path());
  EXPECT_THAT(html, HasSubstr("src=\"data:image/png;base64,iVBORw==\""));
  EXPECT_THAT(html, HasSubstr("<td>a, b</td><td>500</td><td>many</td><td>10</td><td>9</td><td>0.9000</td>"));
}

TEST(Report, OfAPartialRunNamesItsFiles) {
  const TemporaryFolder folder;
  folder.write("result.json", kResult);
  folder.write("learned_confusion.partial.png", "\x89PNG");
  const std::string html = report_html(folder.path());
  EXPECT_THAT(html, HasSubstr("src=\"data:image/png;base64,iVBORw==\""));
  EXPECT_THAT(html, HasSubstr("(learned_confusion.partial.csv); the worst pairs are in confused_pairs.partial.csv"));
}

TEST(Report, OfAWorkDirShowsItsTables) {
  const TemporaryFolder folder;
  Matrix matrix;
  matrix.name = "t5";
  matrix.seeds = {0};
  matrix.columns = {"few", "overall"};
  MatrixRow row;
  row.label = "CE & more";
  row.slug = "ce";
  row.config = Node::map();
  row.paper["overall"] = {45.73, 2};
  matrix.rows = {row};
  write_layout(matrix, folder.path() / "t5");
  const RunPaths paths = run_paths(folder.path() / "t5", "ce", 0);
  write_text_file(paths.config, to_yaml(run_config(row, 0)));
  write_text_file(paths.folder / "result.json", kResult);
  write_text_file(paths.folder / "metrics.jsonl", kMetrics);
  const std::string html = report_html(folder.path());
  EXPECT_THAT(html, HasSubstr("CE &amp; more"));
  EXPECT_THAT(html, HasSubstr("<td>40.00</td><td class=\"paper\">45.73</td>"));
  EXPECT_THAT(html, HasSubstr("few: the test set has nothing to average there"));
  EXPECT_EQ(html, report_html(folder.path())) << "the same folder gives the same page";
}

TEST(Report, OfAnotherFolderIsADataError) {
  const TemporaryFolder folder;
  EXPECT_THROW(report_html(folder.path()), DataError);
  EXPECT_THROW(report_html(folder.path() / "nowhere"), DataError);
}

}  // namespace
}  // namespace longtail

#include "core/ablation/matrix_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/ablation/dry_run.h"
#include "core/ablation/matrix_axes.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

double number_at(const Node& config, const char* path) {
  double value = -1;
  const Node* node = config.find_path(path);
  EXPECT_TRUE(node != nullptr && node->as(value)) << path;
  return value;
}

class MatrixSpecTest : public testing::Test {
 protected:
  Matrix read(const std::string& yaml, MatrixOptions options = {}) {
    options.compose.roots = {folder_.path()};
    return read_matrix(folder_.write("small.yaml", yaml).string(), options, diagnostics_);
  }

  static std::vector<std::string> labels(const Matrix& matrix) {
    std::vector<std::string> result;
    for (const MatrixRow& row : matrix.rows) result.push_back(row.label);
    return result;
  }

  TemporaryFolder folder_;
  Diagnostics diagnostics_;
};

TEST_F(MatrixSpecTest, RowsAreAllCombinationsInOrder) {
  folder_.write("base.yaml", "loss: {type: pcb, base: softmax, alpha: 0.4}\nsampler: random\n");
  const Matrix matrix = read(
      "title: Alpha\nextends: [base]\ntask: instance_segmentation\n"
      "axes:\n  loss.alpha: [0.0, 0.2]\n  sampler: [random, {type: rfs, threshold: 0.001}]\n"
      "columns: [AP, APr]\nseeds: [0, 1]\n"
      "paper: [{row: {loss.alpha: 0.2, sampler: rfs}, AP: 26.7, APr: 18.9, source: Table 3}]\n");
  ASSERT_EQ(diagnostics_.text(), "");
  EXPECT_EQ(matrix.name, "small");
  EXPECT_THAT(matrix.seeds, ElementsAre(0, 1));
  EXPECT_THAT(labels(matrix), ElementsAre("alpha=0.0, sampler=random", "alpha=0.0, sampler=rfs(threshold=0.001)",
                                          "alpha=0.2, sampler=random", "alpha=0.2, sampler=rfs(threshold=0.001)"));
  EXPECT_EQ(matrix.rows[0].slug, "alpha=0.0-sampler=random");
  EXPECT_EQ(number_at(matrix.rows[2].config, "loss.alpha"), 0.2);
  EXPECT_EQ(matrix.rows[2].config.find_path("loss.base")->text(), "softmax") << "an axis merges, it does not replace";
  EXPECT_EQ(matrix.rows[3].config.find_path("sampler.type")->text(), "rfs");
  EXPECT_EQ(matrix.rows[3].paper.at("APr").percent, 18.9);
  EXPECT_EQ(matrix.rows[3].source, "Table 3");
  EXPECT_THAT(matrix.rows[2].paper, IsEmpty());
  EXPECT_EQ(matrix.rows[0].config.find("axes"), nullptr) << "a row is a plain experiment";
  EXPECT_EQ(matrix.rows[0].config.find("name")->text(), "small_alpha=0.0-sampler=random");
}

TEST_F(MatrixSpecTest, NamedCellsIncludeAndExclude) {
  const Matrix matrix = read(
      "name: t5\nloss: softmax\nsampler: random\n"
      "axes:\n"
      "  method:\n"
      "    - {label: CE, set: {}}\n"
      "    - {label: CE+PCB, set: {loss: {type: pcb, base: softmax}}}\n"
      "  sampler: [random, rfs]\n"
      "include: [{label: BSCE, set: {loss: bsce}}]\n"
      "exclude: [{method: CE+PCB, sampler: rfs}]\n"
      "paper: [{row: {method: CE, sampler: rfs}, many: 60}, {row: BSCE, few: 25.44}]\n");
  ASSERT_EQ(diagnostics_.text(), "");
  EXPECT_THAT(labels(matrix), ElementsAre("CE, sampler=random", "CE, sampler=rfs", "CE+PCB, sampler=random", "BSCE"));
  EXPECT_EQ(matrix.rows[2].slug, "ce+pcb-sampler=random");
  EXPECT_THAT(matrix.columns, ElementsAre("many", "medium", "few", "overall"));
  EXPECT_EQ(matrix.rows[3].paper.at("few").decimals, 2);
}

TEST_F(MatrixSpecTest, ReferencesAndOverridesComeAfterTheRow) {
  MatrixOptions options;
  options.compose.overrides = {"b=5", "seeds=[3, 4]"};
  const Matrix matrix =
      read("a: 1\nb: 2\ncopy: \"${a}\"\naxes: {a: [10, 20]}\ninclude: [{label: x, set: {b: 7}}]\n", options);
  ASSERT_EQ(diagnostics_.text(), "");
  EXPECT_EQ(number_at(matrix.rows[1].config, "copy"), 20);
  EXPECT_EQ(number_at(matrix.rows[2].config, "b"), 5) << "--set wins over the row";
  EXPECT_THAT(matrix.seeds, ElementsAre(3, 4));
}

// All rows would be alike, under labels that say otherwise.
TEST_F(MatrixSpecTest, AnOverrideOfAnAxisIsAMistake) {
  const char* axes = "loss: {type: pcb}\naxes: {loss.alpha: [0.0, 0.4], how: [{label: a, set: {b: 1}}]}\n";
  const char* components = "axes: {loss: [{type: pcb, alpha: 0.4}, softmax]}\n";
  const auto findings = [&](const char* text, const char* assignment) {
    MatrixOptions options;
    options.compose.overrides = {assignment};
    diagnostics_ = Diagnostics();
    read(text, options);
    return diagnostics_.text();
  };
  EXPECT_THAT(findings(axes, "loss.alpha=0.3"), HasSubstr("--set takes away what the axis 'loss.alpha' gives the row"));
  EXPECT_THAT(findings(axes, "loss=softmax"), HasSubstr("takes away what the axis 'loss.alpha' gives"));
  EXPECT_THAT(findings(components, "loss=bsce"), HasSubstr("takes away what the axis 'loss' gives"));
  EXPECT_EQ(findings(axes, "loss={gamma: 0.9}"), "") << "it merges";
  EXPECT_EQ(findings(axes, "loss.alphabet=1"), "");
  EXPECT_EQ(findings(axes, "b=2"), "") << "named cells may be set over";
}

TEST_F(MatrixSpecTest, MistypedKeysOfTheMatrixAreToldAsSuch) {
  read("colums: [few]\naxis: {seed: [1]}\nseed: 3\nloss: softmax\n");
  EXPECT_THAT(diagnostics_.text(), HasSubstr("small.yaml:1:1: error: unknown key 'colums' of the matrix (did you mean "
                                             "'columns'?)"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("small.yaml:2:1: error: unknown key 'axis' of the matrix (did you mean "
                                             "'axes'?)"));
  EXPECT_EQ(diagnostics_.findings().size(), 2) << diagnostics_.text();
}

TEST_F(MatrixSpecTest, SeedsAreOfTheTable) {
  EXPECT_THAT(read("seed: 7\nloss: softmax\n").seeds, ElementsAre(7)) << "of the experiment that it extends";
  EXPECT_THAT(read("a: 8\nseed: ${a}\nloss: softmax\n").seeds, ElementsAre(8));
  EXPECT_THAT(read("seed: 7\nseeds: [1, 2]\n").seeds, ElementsAre(1, 2));
  ASSERT_EQ(diagnostics_.text(), "");
  read("loss: softmax\naxes: {seed: [1, 2]}\n");
  EXPECT_THAT(diagnostics_.text(), HasSubstr("small.yaml:2:15: error: a row cannot set 'seed': write `seeds: [...]`"));
  diagnostics_ = Diagnostics();
  MatrixOptions options;
  options.compose.overrides = {"seed=3"};
  read("loss: softmax\naxes: {a: [1]}\n", options);
  EXPECT_THAT(diagnostics_.text(), HasSubstr("--set seed=3: error: a row cannot set 'seed'"));
}

TEST_F(MatrixSpecTest, ColumnsBelongToTheTask) {
  read("task: instance_segmentation\ncolumns: [AP, bbox.AP50, few]\n");
  EXPECT_THAT(diagnostics_.text(), HasSubstr("small.yaml:2:10: error: column 'few' is not a metric of the task "
                                             "instance_segmentation, whose usual ones are AP, APr"));
  EXPECT_EQ(diagnostics_.findings().size(), 1) << diagnostics_.text();
  diagnostics_ = Diagnostics();
  read("task: classification\ncolumns: [few, APb]\n");
  EXPECT_THAT(diagnostics_.text(), HasSubstr("column 'APb' is not a metric of the task classification"));
}

TEST_F(MatrixSpecTest, AFileWithoutAxesIsOneRow) {
  const Matrix matrix = read("loss: softmax\n");
  ASSERT_EQ(diagnostics_.text(), "");
  EXPECT_THAT(labels(matrix), ElementsAre("base"));
}

TEST_F(MatrixSpecTest, EveryRowIsValidatedAndFilledIn) {
  MatrixOptions options;
  options.validate = [](const Node& config, Diagnostics& diagnostics) {
    Node full = config;
    full.set("filled", Node::of(true));
    if (config.find("a")->text() == "20") diagnostics.error(config.find("a")->mark(), "a is too large");
    return full;
  };
  const Matrix matrix = read("axes:\n  a: [10, 20]\n", options);
  EXPECT_THAT(diagnostics_.text(), HasSubstr("small.yaml:2:11: error: a is too large"));
  EXPECT_NE(matrix.rows[0].config.find("filled"), nullptr);
}

TEST_F(MatrixSpecTest, AllMistakesAtOnceWithTheirPlaces) {
  read(
      "seeds: [0, 0]\n"
      "columns: [many, med]\n"
      "axes:\n"
      "  a: []\n"
      "  b: [1, 1]\n"
      "include:\n"
      "  - {label: x, sett: {a: 1}}\n"
      "  - {set: {a: 1}}\n"
      "exclude: [{b: 7}]\n"
      "paper:\n"
      "  - {row: nosuch, many: 1}\n"
      "  - {many: 1}\n");
  const std::string text = diagnostics_.text();
  EXPECT_THAT(text, HasSubstr("small.yaml:1:8: error: seeds has a number twice"));
  EXPECT_THAT(text, HasSubstr("small.yaml:2:10: error: unknown column 'med'"));
  EXPECT_THAT(text, HasSubstr("small.yaml:4:6: error: axis 'a' must be a list of at least one value"));
  EXPECT_THAT(text, HasSubstr("small.yaml:5:10: error: axis 'b' has '1' twice"));
  EXPECT_THAT(text, HasSubstr("(did you mean 'set'?)"));
  EXPECT_THAT(text, HasSubstr("small.yaml:8:5: error:"));
  EXPECT_THAT(text, HasSubstr("small.yaml:9:11: error: exclude picks no row: {b: 7}"));
  EXPECT_THAT(text, HasSubstr("small.yaml:11:11: error: paper: no row 'nosuch' in this matrix"));
  EXPECT_THAT(text, HasSubstr("small.yaml:12:5: error: an entry of paper needs `row:`"));
}

TEST_F(MatrixSpecTest, PaperNumbersMustFitTheTable) {
  read(
      "axes: {a: [1, 2], b: [1, 2]}\n"
      "paper:\n"
      "  - {row: {a: 1}, many: 1}\n"
      "  - {row: {a: 1, b: 2}, man: 1, few: 0.3x, overall: 150}\n"
      "  - {row: {b: 2, a: 1}, many: 1}\n");
  const std::string text = diagnostics_.text();
  EXPECT_THAT(text, HasSubstr("small.yaml:3:11: error: paper: {a: 1} picks 2 rows ('a=1, b=1', 'a=1, b=2' ...)"));
  EXPECT_THAT(text, HasSubstr("small.yaml:4:25: error: paper: the table has no column 'man' (did you mean 'many'?)"));
  EXPECT_THAT(text, HasSubstr("paper: few must be a number of percent"));
  EXPECT_THAT(text, HasSubstr("paper: overall must be a number of percent"));
  EXPECT_THAT(text, HasSubstr("small.yaml:5:5: error: paper: a second entry for row 'a=1, b=2'"));
}

TEST_F(MatrixSpecTest, DryRunSaysWhatIsMissing) {
  const Matrix matrix = read("learning_rate: 0.1\naxes: {a: [1, 2]}\npaper: [{row: {a: 2}, few: 7.5}]\n");
  ASSERT_EQ(diagnostics_.text(), "");
  const MissingInputs missing = [](const Node& config) {
    return config.find("a")->text() == "1" ? std::vector<std::string>{} : std::vector<std::string>{"no list"};
  };
  const auto rows = dry_run_json({matrix}, missing);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].dump(), R"({"table":"small","label":"a=2","config":{"learning_rate":0.1,"a":2,"name":"small_a=2"},)"
                            R"("paper":{"few":7.5},"source":"","seeds":[0],"missing":["no list"]})");
  EXPECT_EQ(dry_run_text({matrix}, missing, folder_.path()),
            "small\n  a=1: seed 0 pending\n  a=2: seed 0 pending; paper: few 7.5\nmissing:\n  no list (small)\n"
            "configs/data/README.md says where data and weights come from and how to name their folders\n");
}

/// The config of a row's phase, as the engine merges it, without name and schedule.
Node phase_config(Node config, const std::string& phase) {
  if (const Node* set = config.find_path("schedule.phases." + phase + ".set")) merge(config, Node(*set));
  config.erase("name");
  config.erase("schedule");
  return config;
}

class TableFiles : public testing::TestWithParam<const char*> {};

TEST_P(TableFiles, AreFourRowsOfWhichTwoAndTwoBeginAlike) {
  MatrixOptions options;
  options.compose.roots = {LONGTAIL_SOURCE_DIR "/configs"};
  Diagnostics diagnostics;
  const Matrix matrix =
      read_matrix(LONGTAIL_SOURCE_DIR "/configs/tables/" + std::string(GetParam()) + ".yaml", options, diagnostics);
  ASSERT_EQ(diagnostics.text(), "");
  ASSERT_EQ(matrix.rows.size(), 4u);
  for (const std::size_t plain : {0u, 2u}) {
    const Node& with_pcb = matrix.rows[plain + 1].config;
    const Node whole = phase_config(matrix.rows[plain].config, "0");
    const Node first = phase_config(with_pcb, "0");
    EXPECT_TRUE(whole.same_value(first)) << to_yaml(whole) << "\n---\n" << to_yaml(first);
    EXPECT_EQ(number_at(matrix.rows[plain].config, "schedule.epochs"), number_at(with_pcb, "schedule.phases.0.until"));
    const Node tuned = phase_config(with_pcb, "1");
    EXPECT_NE(to_flow_yaml(*tuned.find("paradigm")).find("iterative"), std::string::npos);
    EXPECT_GT(number_at(tuned, "loss.alpha"), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Configs, TableFiles, testing::Values("table5", "cifar10_lt"));

TEST(Slug, IsSafeInFileNames) {
  EXPECT_EQ(slug("CE+PCB"), "ce+pcb");
  EXPECT_EQ(slug("loss=pcb(alpha=0.4, base=softmax)"), "loss=pcb-alpha=0.4-base=softmax");
  EXPECT_EQ(slug("../../etc"), "etc");
  EXPECT_EQ(slug("π"), "row");
}

TEST(ColumnPointer, KnowsTheUsualNames) {
  EXPECT_EQ(column_pointer("few"), "/metrics/accuracy/few");
  EXPECT_EQ(column_pointer("APr"), "/metrics/segm/APr");
  EXPECT_EQ(column_pointer("APb"), "/metrics/bbox/AP");
  EXPECT_EQ(column_pointer("bbox.AP50"), "/metrics/bbox/AP50");
  EXPECT_EQ(column_pointer("speed"), "");
}

}  // namespace
}  // namespace longtail

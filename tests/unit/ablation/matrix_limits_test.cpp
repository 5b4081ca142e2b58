#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <longtail/config/compose.h>

#include "core/ablation/matrix_axes.h"
#include "core/ablation/matrix_spec.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using testing::HasSubstr;

/// "[0, 1, 2, ...]"
std::string numbers(std::size_t count) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + std::to_string(i);
  return text + "]";
}

/// "[entry, entry, ...]"
std::string times(std::size_t count, const std::string& entry) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + entry;
  return text + "]";
}

/// What is found in a matrix file.
std::string findings(const std::string& yaml, std::vector<std::int64_t> seeds = {}) {
  const test::TemporaryFolder folder;
  Diagnostics diagnostics;
  MatrixOptions options;
  options.seeds = std::move(seeds);
  read_matrix(folder.write("m.yaml", yaml).string(), options, diagnostics);
  return diagnostics.text();
}

std::string findings_of_axes(const std::string& axes, const std::string& include) {
  Diagnostics diagnostics;
  const Node axes_node = parse_yaml(axes, "f", diagnostics);
  const Node include_node = parse_yaml(include, "g", diagnostics);
  EXPECT_TRUE(expand_axes(&axes_node, &include_node, diagnostics).empty());
  return diagnostics.text();
}

TEST(MatrixLimits, RunsAreRowsTimesSeeds) {
  const std::string axes = "axes: {a: " + numbers(10) + "}\n";
  EXPECT_EQ(findings(axes + "seeds: " + numbers(10'000) + "\n"), "");
  EXPECT_THAT(findings(axes + "seeds: " + numbers(10'001) + "\n"),
              HasSubstr("m.yaml:2:8: error: 10 rows times 10001 seeds are more than 100000 runs: split the matrix"));
  std::vector<std::int64_t> seeds(100'001);
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = static_cast<std::int64_t>(i);
  EXPECT_EQ(findings("loss: softmax\n", seeds),
            "--seeds: error: 1 row times 100001 seeds are more than 100000 runs: split the matrix");
}

TEST(MatrixLimits, RowsShareABoundOfValues) {
  const std::string text = findings("list: " + numbers(20'000) + "\naxes: {a: " + numbers(101) + "}\n");
  EXPECT_THAT(text, HasSubstr("m.yaml:2:"));
  EXPECT_THAT(text, HasSubstr("error: the rows up to 'a=99' hold more than 2000000 values or 256 MB of text together: "
                              "split the matrix"));
}

TEST(MatrixLimits, AxesShareABoundOfValuesAndText) {
  const std::string told =
      "f:1:1: error: the axes give all rows together more than 2000000 values or 256 MB of text: split the matrix";
  EXPECT_EQ(findings_of_axes("{b: " + numbers(101) + ", a: [" + numbers(20'000) + "]}", "[]"), told);
  EXPECT_EQ(findings_of_axes("{b: " + numbers(300) + ", a: ['" + std::string(1 << 20, 'x') + "']}", "[]"), told);
}

TEST(MatrixLimits, IncludedRowsCountToo) {
  EXPECT_EQ(findings_of_axes("{a: [1]}", times(10'000, "x")),
            "g:1:1: error: with 'include' there are more than 10000 rows: split the matrix");
}

TEST(MatrixLimits, ExcludeAndPaperHaveABoundOfEntries) {
  const std::string axes = "axes: {a: [1, 2]}\n";
  EXPECT_THAT(findings(axes + "exclude: " + times(10'001, "a=1") + "\n"),
              HasSubstr("m.yaml:2:10: error: exclude has more than 10000 entries"));
  EXPECT_THAT(findings(axes + "paper: " + times(10'001, "{row: a=1}") + "\n"),
              HasSubstr("m.yaml:2:8: error: paper has more than 10000 entries"));
}

TEST(MatrixLimits, FindingTheRowsOfEntriesHasABound) {
  const std::string axes = "axes: {a: " + numbers(1000) + "}\n";
  const std::string told =
      "up to here more than 20000000 values are compared to find the rows: name rows by their labels, or split the "
      "matrix";
  EXPECT_THAT(findings(axes + "exclude: " + times(11, "{a: " + numbers(2000) + "}") + "\n"),
              HasSubstr("exclude: " + told));
  EXPECT_THAT(findings(axes + "paper: " + times(11, "{row: {a: " + numbers(2000) + "}}") + "\n"),
              HasSubstr("paper: " + told));
}

}  // namespace
}  // namespace longtail

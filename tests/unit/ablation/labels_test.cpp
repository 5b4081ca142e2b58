#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include <longtail/config/compose.h>

#include "core/ablation/csv_file.h"
#include "core/ablation/markdown.h"
#include "core/ablation/matrix_axes.h"
#include "core/ablation/table.h"
#include "core/ablation/table_text.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kHostile = "=x|`a`<img src=x onerror=alert(1)>\n## forged\x1b[2J\xE2\x80\xAE";

Table hostile_table() {
  Table table;
  table.name = "t";
  table.title = "t\nerror: forged";
  table.columns = {"many"};
  table.seeds = {0};
  TableRow row;
  row.label = kHostile;
  row.slug = "row";
  row.source = "=source";
  row.cells.resize(1);
  row.notes = {"-note\nerror: x"};
  table.rows.push_back(row);
  return table;
}

TEST(Labels, InMarkdownAreOnlyText) {
  EXPECT_EQ(markdown_text("pcb(alpha=0.4), cifar10_lt"), "pcb(alpha=0.4), cifar10_lt");
  EXPECT_EQ(markdown_text("a|b`c`\\*d*_e_"), "a\\|b\\`c\\`\\\\\\*d\\*\\_e\\_");
  EXPECT_EQ(markdown_text("<b>&amp;[x](y)"), "&lt;b&gt;&amp;amp;\\[x\\](y)");
  EXPECT_EQ(markdown_text("a\nb\r\x1b"), "a\\\\nb\\\\r\\\\x1b");
}

TEST(Labels, KeepATableATable) {
  const Table table = hostile_table();
  const std::string markdown = table_markdown(table);
  std::istringstream lines(markdown);
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_NE(line, "## forged");
    EXPECT_NE(line.rfind("error:", 0), 0u) << line;
    if (line.rfind("| ", 0) == 0 || line.rfind("|  |", 0) == 0) ++rows;
  }
  EXPECT_EQ(rows, 2) << markdown;  // the head and the row
  EXPECT_THAT(markdown, Not(HasSubstr("<img")));
  EXPECT_THAT(markdown, Not(HasSubstr("\x1b")));
}

TEST(Labels, OnATerminalForgeNothing) {
  const std::string text = table_terminal(hostile_table(), false);
  EXPECT_THAT(text, Not(HasSubstr("\nerror:")));
  EXPECT_THAT(text, Not(HasSubstr("\n##")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xAE")));
}

TEST(Labels, InCsvAreNoFormulas) {
  const test::TemporaryFolder folder;
  const CsvFile csv = read_csv(folder.write("table.csv", table_csv(hostile_table())));
  ASSERT_EQ(csv.rows.size(), 1u);
  EXPECT_EQ(csv.rows[0][0][0], '=');  // as it was given
  const std::string text = table_csv(hostile_table());
  EXPECT_THAT(text, HasSubstr("\n'=x|"));
  EXPECT_THAT(text, HasSubstr(",'=source,"));
}

TEST(Labels, BecomePlainNamesOfFolders) {
  EXPECT_EQ(slug("../../x"), "x");
  EXPECT_EQ(slug("/etc/passwd"), "etc-passwd");
  EXPECT_EQ(slug(".."), "row");
  EXPECT_EQ(slug("-rf"), "rf");
  EXPECT_LE(slug(std::string(1000, 'a')).size(), 200u);
}

TEST(Axes, ThatMultiplyBeyondReasonAreRefused) {
  Diagnostics diagnostics;
  std::string text = "{";
  for (int axis = 0; axis < 12; ++axis) text += "a" + std::to_string(axis) + ": [0,1,2,3,4,5,6,7,8,9], ";
  const Node axes = parse_yaml(text + "}", "f", diagnostics);
  EXPECT_TRUE(expand_axes(&axes, nullptr, diagnostics).empty());
  EXPECT_EQ(diagnostics.text(), "f:1:1: error: the axes give more than 10000 rows: split the matrix");
}

}  // namespace
}  // namespace longtail

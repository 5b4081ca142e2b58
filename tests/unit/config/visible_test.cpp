#include "registry/text/visible.h"

#include <gtest/gtest.h>
#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>
#include <longtail/error.h>

#include <string>

#include "registry/text/several_lines.h"

namespace longtail {
namespace {

TEST(ForeignText, StaysOnItsLineAndActsOnNoTerminal) {
  struct Case {
    std::string text;
    const char* expected;
  };
  const Case cases[] = {
      {"plain", "plain"},
      {"Tür 日本 👩‍🚒", "Tür 日本 👩‍🚒"},  // letters of all scripts, emoji with their joiners
      {"a\nerror: b", "a\\nerror: b"},
      {"a\r\tb", "a\\r\\tb"},
      {"\x1b[2Jx\x7f\x07", "\\x1b[2Jx\\x7f\\x07"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\xC2\x9B"
       "31m",
       "\\u009b31m"},  // C1's escape sequence
      {"\xE2\x80\xAE"
       "gpj",
       "\\u202egpj"},  // right to left from here on
      {"\xE2\x81\xA6x\xE2\x81\xA9\xD8\x9C", "\\u2066x\\u2069\\u061c"},
      {"\xE2\x80\xA8\xE2\x80\xA9\xC2\x85", "\\u2028\\u2029\\u0085"},
      {"caf\xE9\xFF", "caf\\xe9\\xff"},  // no UTF-8
  };
  for (const Case& c : cases) EXPECT_EQ(visible(c.text), c.expected);
}

TEST(ForeignText, IsCutBetweenCharacters) {
  EXPECT_EQ(visible("abcdef", 6), "abcdef");
  EXPECT_EQ(visible("abcdefg", 6), "abcdef...");
  EXPECT_EQ(visible("aaaaa\xC3\xA9", 6), "aaaaa...");
  EXPECT_EQ(visible(std::string(100, '\x80'), 6), "...");
}

TEST(ForeignText, OfSeveralLinesOfOursKeepsThem) { EXPECT_EQ(visible_lines("a\n\tb\x1b\r\n"), "a\n\tb\\x1b\\r\n"); }

TEST(ForeignText, InJsonMeansTheSame) {
  EXPECT_EQ(visible_json("{\"a\": \"\xC2\x9B\xE2\x80\xAE\x7f\"}\n"), "{\"a\": \"\\u009b\\u202e\\u007f\"}\n");
}

TEST(ForeignText, InAMessageForgesNoLine) {
  EXPECT_EQ(shown(DataError("a\nerror: b: cannot be read")), "a\\nerror: b: cannot be read");
  EXPECT_EQ(shown(ConfigError("told with a line break at its end\n")), "told with a line break at its end");
  EXPECT_EQ(shown(LinesError<DataError>("one\ntwo\x1b")), "one\ntwo\\x1b");
  EXPECT_THROW(throw LinesError<DataError>("one\ntwo"), DataError);
}

TEST(ForeignText, InFindingsForgesNoLine) {
  Diagnostics diagnostics;
  diagnostics.error({std::make_shared<const std::string>("a\nb.yaml"), 1, 2}, "unknown key 'x\nb.yaml:1:1: error: y'");
  EXPECT_EQ(diagnostics.text(), "a\\nb.yaml:1:2: error: unknown key 'x\\nb.yaml:1:1: error: y'");
}

TEST(ForeignText, InYamlThatWePrintIsEscaped) {
  Node map = Node::map();
  map.set("k\xE2\x80\xAE", Node::of("v\xC2\x9B\xE2\x81\xA6"));
  EXPECT_EQ(to_flow_yaml(map), "{\"k\\u202e\": \"v\\u009b\\u2066\"}");
  EXPECT_EQ(to_json(map, -1), "{\"k\\u202e\": \"v\\u009b\\u2066\"}");
}

}  // namespace
}  // namespace longtail

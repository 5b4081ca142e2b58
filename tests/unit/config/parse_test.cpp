#include <gtest/gtest.h>
#include <longtail/config/compose.h>

namespace longtail {
namespace {

std::string findings(const std::string& text) {
  Diagnostics diagnostics;
  parse_yaml(text, "f", diagnostics);
  return diagnostics.text();
}

Node read(const std::string& text) {
  Diagnostics diagnostics;
  Node node = parse_yaml(text, "f", diagnostics);
  EXPECT_EQ(diagnostics.text(), "") << text;
  return node;
}

TEST(Parse, KeepsPlacesOfKeysAndValues) {
  Node root = read("a: 1\nmap:\n  b: [x, 'y']\n");
  EXPECT_EQ(to_string(root.mark()), "f:1:1");
  EXPECT_EQ(to_string(root.find("a")->mark()), "f:1:4");
  EXPECT_EQ(to_string(root.find("map")->mark()), "f:3:3");
  EXPECT_EQ(to_string(root.entries()[1].key_mark), "f:2:1");
  EXPECT_EQ(to_string(root.find_path("map.b.1")->mark()), "f:3:10");
}

TEST(Parse, CountsColumnsInCharacters) {
  EXPECT_EQ(to_string(read("{é: 日本, b: 2}").find("b")->mark()), "f:1:12");
  EXPECT_EQ(to_string(read("\xEF\xBB\xBF"
                           "a: 1")
                          .find("a")
                          ->mark()),
            "f:1:4");
  EXPECT_EQ(to_string(read("a: 1\r\nb: 2\r\n").find("b")->mark()), "f:2:4");
}

TEST(Parse, PutsMissingValuesAtTheirKeys) {
  Node root = read("a:\nn: ~\nlast:\n");
  EXPECT_EQ(to_string(root.find("a")->mark()), "f:1:1");
  EXPECT_EQ(to_string(root.find("n")->mark()), "f:2:4");
  EXPECT_EQ(to_string(root.find("last")->mark()), "f:3:1");
}

TEST(Parse, KnowsWhatWasQuoted) {
  Node root = read("a: 3\nb: '3'\nc: |\n  3\nd: !!str 3\ne: \"null\"\n");
  EXPECT_TRUE(root.find("a")->plain());
  for (const char* key : {"b", "c", "d", "e"}) EXPECT_FALSE(root.find(key)->plain()) << key;
}

TEST(Parse, EmptyTextIsNull) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "~"}) EXPECT_TRUE(read(text).is_null()) << text;
}

TEST(Parse, CopiesAliases) {
  Node root = read("a: &x {b: [1, 2]}\nc: *x\n");
  EXPECT_EQ(to_flow_yaml(root), "{a: {b: [1, 2]}, c: {b: [1, 2]}}");
  EXPECT_EQ(to_string(root.find("c")->mark()), "f:2:4");
  EXPECT_EQ(to_string(root.find_path("c.b")->mark()), "f:1:11");
}

TEST(Parse, SaysWhatIsWrongAndWhere) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"a: 1\nb: 2\na: 3\n", "f:3:1: error: key 'a' is given twice, first in line 1, column 1: remove one of them"},
      {"m: {a: 1, 'a': 2}", "f:1:11: error: key 'a' is given twice, first in line 1, column 5: remove one of them"},
      {"a: &x {b: 1}\nc:\n  <<: *x\n",
       "f:3:3: error: merge keys '<<' are not supported: use 'extends' at the top of the file"},
      {"a: 1\n\tb: 2\n", "f:2:1: error: a tab in the indentation: YAML wants spaces"},
      {"a:\n\tb: 2\n", "f:2:1: error: a tab in the indentation: YAML wants spaces"},
      {"a: [1, 2\nb: 3\n", "f:1:4: error: this list is never closed: a ',' or ']' is missing (noticed in line 2)"},
      {"a: [1, 2", "f:1:4: error: this list is never closed: a ',' or ']' is missing"},
      {"a: {b: 1\nc: 2\n", "f:1:4: error: this map is never closed: a ',' or '}' is missing (noticed in line 2)"},
      {"a: [x, ${b.c}]", "f:1:8: error: inside [ ] and { } a reference needs quotes: '${b.c}'"},
      {"epochs:30\nb: 2\n", "f:1:8: error: a space is missing after ':' in 'epochs:30'"},
      {"a: 1\nb:2\nc: 3\n", "f:2:3: error: a space is missing after ':' in 'b:2'"},
      {"a: {b:1}", "f:1:5: error: a space is missing after ':' in 'b:1'"},
      {"a: b: c",
       "f:1:5: error: a second ': ' in one line: put the value in quotes, or the second key on a line of "
       "its own"},
      {"a: 1\n  b: 2\n",
       "f:2:3: error: this key cannot stand here: the line above already has a value, so check the "
       "indentation of both"},
      {"a:\n  b: 1\n c: 2\n",
       "f:3:2: error: this line does not line up with those above: keys of one map begin in "
       "the same column"},
      {"a: 1\n- b\n", "f:2:1: error: a list item cannot stand among the keys of a map: check its indentation"},
      {"a: \"x\" y\n", "f:1:8: error: 'y' follows a value that has ended: put all of the value in one pair of quotes"},
      {"a: @x", "f:1:4: error: text cannot begin with '@': put it in quotes"},
      {"a: 'abc\nb: 1\n", "f:1:4: error: this quote is never closed"},
      {"a: \"abc'\nb: \\\"\n", "f:1:4: error: this quote is never closed"},
      {"a: 'abc\nb: 1", "f:2:5: error: a quote was opened before and never closed"},
      {"a: *x", "f:1:4: error: unknown anchor: text that begins with '*' needs quotes"},
      {"a: &x [*x]", "f:1:8: error: this alias stands inside the value that it names"},
      {"a: \"\\q\"",
       "f:1:7: error: unknown escape in double quotes: use single quotes, or write '\\\\' for a "
       "backslash"},
      {"a: - b", "f:1:4: error: a list written with '-' begins on a line of its own"},
      {"a: ]", "f:1:4: error: ']' closes nothing: remove it, or put the text in quotes"},
      {"a: !gpu 1",
       "f:1:4: error: tag '!gpu' has no meaning here: remove it, or put text that begins with '!' in "
       "quotes"},
      {"[a]: 1", "f:1:1: error: a key must be text"},
      {": 1", "f:1:1: error: a key is missing before ':'"},
      {"a: 1\n---\nb: 2\n", "f:2:1: error: a second document: a file holds one, so remove the '---'"},
      {"- a\nb: 1\n", "f:2:1: error: this does not belong to what stands above: check its indentation"},
      {"a: \xFF", "f:1:4: error: not a text file in UTF-8: is this the right file?"},
  };
  for (const Case& c : cases) EXPECT_EQ(findings(c.text), c.expected) << c.text;
}

TEST(Parse, NamesWhatIsKnownToBeNoTextInUtf8) {
  const char* utf16 = "f:1:1: error: this is text in UTF-16; save it as UTF-8";
  EXPECT_EQ(findings(std::string("\xff\xfe"
                                 "a\0:\0 \0"
                                 "1\0",
                                 10)),
            utf16);
  EXPECT_EQ(findings(std::string("\xfe\xff"
                                 "\0a\0:\0 \0"
                                 "1",
                                 10)),
            utf16);
  EXPECT_EQ(findings(std::string("a\0:\0 \0"
                                 "1\0",
                                 8)),
            utf16);
  EXPECT_EQ(findings(std::string("\x1f\x8b\x08\0", 4)),
            "f:1:1: error: this is compressed by gzip; unpack it with 'gunzip'");
}

TEST(Parse, TellsAllFindingsBeforeASyntaxErrorToo) {
  EXPECT_EQ(findings("a: 1\na: 2\nm:\n  b: 1\n  b: 2\nc: @\n"),
            "f:2:1: error: key 'a' is given twice, first in line 1, column 1: remove one of them\n"
            "f:5:3: error: key 'b' is given twice, first in line 4, column 3: remove one of them\n"
            "f:6:4: error: text cannot begin with '@': put it in quotes");
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Parse, RefusesDeepNesting) {
  EXPECT_EQ(findings(repeated("[", 200) + repeated("]", 200)), "");
  const std::string expected = "f:1:201: error: nested deeper than 200 levels";
  EXPECT_EQ(findings(repeated("[", 201) + repeated("]", 201)), expected);
  EXPECT_EQ(findings(repeated("[", 100000)), "f:1:101: error: nested deeper than 200 levels");
  EXPECT_EQ(findings(repeated("- ", 100000)), "f:1:401: error: nested deeper than 200 levels");
  EXPECT_EQ(findings(repeated("{a: ", 100000)), "f:1:797: error: nested deeper than 200 levels");
  EXPECT_EQ(findings("a: &x " + repeated("[", 150) + repeated("]", 150) + "\nb: " + repeated("[", 60) + "*x" +
                     repeated("]", 60)),
            "f:2:64: error: nested deeper than 200 levels");
}

TEST(Parse, RefusesAliasBombs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    std::string n = std::to_string(i);
    std::string alias = "*a" + std::to_string(i - 1);
    text += "a" + n + ": &a" + n + " [" + alias + repeated(", " + alias, 9) + "]\n";
  }
  EXPECT_NE(findings(text).find("the aliases of this file grow to more than 100000 values"), std::string::npos);
}

TEST(Parse, FilesThatCannotBeReadAreFindings) {
  Diagnostics diagnostics;
  parse_yaml_file("/nowhere/a.yaml", diagnostics);
  parse_yaml_file("/", diagnostics);
  parse_yaml_file("/proc/self/mem", diagnostics);  // opens, and has nothing at its beginning
  EXPECT_EQ(diagnostics.text(),
            "/nowhere/a.yaml: error: no such file\n"
            "/: error: this is a folder: name a file in it\n"
            "/proc/self/mem: error: cannot be read: Input/output error; check the file and its permissions");
}

}  // namespace
}  // namespace longtail

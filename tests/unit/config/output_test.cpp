#include <gtest/gtest.h>
#include <longtail/config/compose.h>

#include <random>

namespace longtail {
namespace {

Node read(const std::string& text) {
  Diagnostics diagnostics;
  Node node = parse_yaml(text, "test.yaml", diagnostics);
  EXPECT_EQ(diagnostics.text(), "") << text;
  return node;
}

const std::vector<std::string>& nasty_texts() {
  static const std::vector<std::string> texts = {
      "",
      " ",
      "  a ",
      "~",
      "null",
      "Null",
      "true",
      "yes",
      "No",
      "off",
      "010",
      "0x1F",
      "0o7",
      "1e3",
      "1.5",
      ".inf",
      "-.INF",
      ".nan",
      "12:30:45",
      "2020-01-01",
      "1_000",
      ":",
      "a:",
      "a: b",
      ":a",
      "#",
      "a #b",
      "#a",
      "-",
      "- a",
      "--",
      "---",
      "...",
      "?",
      "? a",
      "!",
      "!a",
      "&a",
      "*a",
      "|",
      ">",
      "%",
      "@",
      "`",
      "'",
      "''",
      "it's",
      "\"",
      "\"a\"",
      "\\",
      "a\\nb",
      "[",
      "]",
      "{}",
      "a, b",
      "a,b",
      "=",
      "<<",
      "${a.b}",
      "${env:X,1}",
      "\t",
      "\ta",
      "a\tb",
      "a\n",
      "\n",
      "a\nb",
      "a\n\nb\n",
      "\n a",
      "\r\n",
      "é",
      "日本語",
      "🙂",
      "\xC2\x85",
      "\xC2\xA0",
      "\xE2\x80\xA8",
      "\xEF\xBB\xBF",
      "\x01",
      "\x7F",
      "./a/b.txt",
      "/data/x y",
      "C:\\data",
      "http://x.org/a?b=c#d",
      "-1",
      "+1",
      "-a",
      ".5",
      ".",
  };
  return texts;
}

TEST(ToYaml, NastyTextsSurviveEveryStyle) {
  for (const std::string& text : nasty_texts()) {
    Node node = Node::map();
    node.set("value", Node::of(text));
    node.set(text, Node::of("as key"));
    node.set("list", Node::list({Node::of(text), Node::list({Node::of(text)}), Node::map()}));
    EXPECT_TRUE(read(to_yaml(node)).same_value(node)) << to_yaml(node);
    EXPECT_TRUE(read(to_flow_yaml(node)).same_value(node)) << to_flow_yaml(node);
    EXPECT_TRUE(read(to_yaml(Node::of(text))).same_value(Node::of(text))) << to_yaml(Node::of(text));
    EXPECT_TRUE(read(to_json(node)).same_value(node)) << to_json(node);
    EXPECT_TRUE(read(to_json(node, -1)).same_value(node)) << to_json(node, -1);
  }
}

TEST(ToYaml, TypedScalarsKeepTheirType) {
  for (const char* text : {"010", "0x1F", "0o17", "1e3", "1.50", ".inf", "-.inf", "true", "False", "+5", "null", "~"}) {
    Node node = read(std::string("a: ") + text);
    EXPECT_TRUE(read(to_yaml(node)).same_value(node)) << to_yaml(node);
  }
  EXPECT_EQ(to_flow_yaml(read("[010, 0x1F, +5, False, 1e3, ~]")), "[10, 0x1F, 5, false, 1e3, null]");
}

// Trees of nasty values, nested at random, come back the same.
Node random_node(std::mt19937& random, int depth) {
  auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  auto text = [&] { return nasty_texts()[static_cast<std::size_t>(below(static_cast<int>(nasty_texts().size())))]; };
  switch (below(depth > 0 ? 7 : 5)) {
    case 0:
      return Node::null();
    case 1:
      return Node::of(below(2) == 0);
    case 2:
      return Node::of(static_cast<std::int64_t>(below(1000)) - 500);
    case 3:
      return Node::of(static_cast<double>(below(1000000)) / 7.0e5);
    case 4:
      return Node::of(text());
    case 5: {
      std::vector<Node> items;
      for (int i = below(4); i > 0; --i) items.push_back(random_node(random, depth - 1));
      return Node::list(std::move(items));
    }
    default: {
      Node map = Node::map();
      for (int i = below(4); i > 0; --i) map.set(text(), random_node(random, depth - 1));
      return map;
    }
  }
}

TEST(ToYaml, RandomTreesSurvive) {
  std::mt19937 random(20);
  for (int i = 0; i < 2000; ++i) {
    Node node = random_node(random, 4);
    ASSERT_TRUE(read(to_yaml(node)).same_value(node)) << to_yaml(node);
    ASSERT_TRUE(read(to_flow_yaml(node)).same_value(node)) << to_flow_yaml(node);
    ASSERT_TRUE(read(to_json(node)).same_value(node)) << to_json(node);
  }
}

TEST(ToYaml, LooksLikeAPersonWroteIt) {
  const std::string text =
      "name: table3\n"
      "loss:\n"
      "  type: pcb\n"
      "  alpha: 0.4\n"
      "milestones: [20, 26]\n"
      "phases:\n"
      "  - until: 16\n"
      "    set:\n"
      "      loss:\n"
      "        alpha: 0\n"
      "  - until: 24\n"
      "empty: {}\n"
      "none: []\n"
      "root: ./data/images\n"
      "label: '2020-01-01'\n";
  EXPECT_EQ(to_yaml(read(text)), text);
}

TEST(ToYaml, LongListsGetALineAnItem) {
  std::vector<Node> items(40, Node::of("softmax"));
  Node node = Node::map();
  node.set("names", Node::list(items));
  EXPECT_EQ(to_yaml(node).substr(0, 29), "names:\n  - softmax\n  - softma");
}

TEST(ToJson, KeepsTypes) {
  Node node = read("{a: 010, b: 1e-3, c: yes, d: true, e: ~, f: [1, [], {}], g: .inf, h: '1'}");
  EXPECT_EQ(to_json(node, -1),
            "{\"a\": 10, \"b\": 0.001, \"c\": \"yes\", \"d\": true, \"e\": null, \"f\": [1, [], {}], \"g\": \".inf\", "
            "\"h\": \"1\"}");
  EXPECT_EQ(to_json(read("{a: [1, {b: 2}]}")), "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}");
  EXPECT_EQ(to_json(Node::of("\x01\"\\\n\xFF")), "\"\\u0001\\\"\\\\\\n\\ufffd\"");
}

}  // namespace
}  // namespace longtail

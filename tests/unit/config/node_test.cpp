#include <gtest/gtest.h>
#include <longtail/config/diagnostics.h>
#include <longtail/config/node.h>

#include <cmath>
#include <limits>
#include <memory>

namespace longtail {
namespace {

Node plain(const char* text) { return Node::scalar(text, true); }
Mark at(const char* file, int line, int column) { return {std::make_shared<const std::string>(file), line, column}; }

TEST(Node, ReadsWholeNumbersByTheCoreSchema) {
  struct Case {
    const char* text;
    bool ok;
    std::int64_t value;
  };
  const Case cases[] = {
      {"0", true, 0},
      {"010", true, 10},
      {"+7", true, 7},
      {"-3", true, -3},
      {"0x1F", true, 31},
      {"0o17", true, 15},
      {"1e3", false, 0},
      {"1.0", false, 0},
      {"1_000", false, 0},
      {"+-1", false, 0},
      {"-", false, 0},
      {"0x", false, 0},
      {"0x-1", false, 0},
      {"0o8", false, 0},
      {"1 2", false, 0},
      {"9223372036854775807", true, INT64_MAX},
      {"9223372036854775808", false, 0},
  };
  for (const Case& c : cases) {
    std::int64_t value = 0;
    EXPECT_EQ(plain(c.text).as(value), c.ok) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
}

TEST(Node, ReadsFloatsByTheCoreSchema) {
  struct Case {
    const char* text;
    bool ok;
    double value;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {"1e-3", true, 1e-3},       {"1.", true, 1},     {".5", true, 0.5},  {"-.5e+1", true, -5},
      {"010", true, 10},          {"2", true, 2},      {"0x10", true, 16}, {".inf", true, infinity},
      {"-.Inf", true, -infinity}, {"inf", false, 0},   {".", false, 0},    {"e3", false, 0},
      {"1e", false, 0},           {"1.2.3", false, 0}, {"nan", false, 0},  {"0x1p3", false, 0},
      {"infinity", false, 0},     {"1e999", false, 0},
  };
  for (const Case& c : cases) {
    double value = 0;
    EXPECT_EQ(plain(c.text).as(value), c.ok) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
  double nan = 0;
  EXPECT_TRUE(plain(".nan").as(nan));
  EXPECT_TRUE(std::isnan(nan));
}

TEST(Node, YesIsTextAndTrueIsABool) {
  bool flag = false;
  EXPECT_TRUE(plain("true").as(flag));
  EXPECT_TRUE(flag);
  for (const char* text : {"yes", "on", "y", "1", "tRue"}) EXPECT_FALSE(plain(text).as(flag)) << text;
}

TEST(Node, QuotedTextIsNeverANumber) {
  std::int64_t whole = 0;
  double number = 0;
  bool flag = false;
  EXPECT_FALSE(Node::of("3").as(whole));
  EXPECT_FALSE(Node::of("3").as(number));
  EXPECT_FALSE(Node::of("true").as(flag));
  EXPECT_FALSE(Node::of("null").is_null());
}

TEST(Node, AnyScalarHasAText) {
  std::string text;
  EXPECT_TRUE(plain("010").as(text));
  EXPECT_EQ(text, "010");
  EXPECT_FALSE(Node::null().as(text));
  EXPECT_FALSE(Node::map().as(text));
}

TEST(Node, DoublesSurviveTheirText) {
  for (double value : {0.1, 1.0, 1e-5, 5e-4, 1.0 / 3, 1e300, -0.0, 5e-324, 123456789.0, 1e22}) {
    double back = 0;
    Node node = Node::of(value);
    ASSERT_TRUE(node.as(back)) << node.text();
    EXPECT_EQ(back, value);
    std::int64_t whole = 0;
    EXPECT_FALSE(node.as(whole)) << "a double stays one: " << node.text();
  }
  EXPECT_EQ(Node::of(1e-5).text(), "1.0e-05");
  EXPECT_EQ(Node::of(1.0).text(), "1.0");
}

TEST(Node, FindsPathsThroughListsAndKeysWithDots) {
  Node root = Node::map();
  Node phase = Node::map();
  phase.set("until", Node::of(std::int64_t{16}));
  Node& schedule = root.set("schedule", Node::map());
  schedule.set("phases", Node::list({phase}));
  root.set("axes", Node::map()).set("loss.alpha", Node::of(std::int64_t{1}));

  ASSERT_NE(root.find_path("schedule.phases.0.until"), nullptr);
  EXPECT_EQ(root.find_path("schedule.phases.0.until")->text(), "16");
  ASSERT_NE(root.find_path("axes.loss.alpha"), nullptr);
  EXPECT_EQ(root.find_path(""), &root);
  for (const char* path : {"schedule.phases.1", "schedule.phases.-1", "schedule.phases.x", "schedule.", ".", "a..b",
                           "schedule.phases.0.until.x", "schedule.phases.0x0"}) {
    EXPECT_EQ(root.find_path(path), nullptr) << path;
  }
}

TEST(Node, SetKeepsTheOrderAndEraseRemoves) {
  Node node = Node::map();
  node.set("a", plain("1"));
  node.set("b", plain("2"));
  node.set("a", plain("3"));
  EXPECT_EQ(to_flow_yaml(node), "{a: 3, b: 2}");
  EXPECT_TRUE(node.erase("a"));
  EXPECT_FALSE(node.erase("a"));
  EXPECT_EQ(to_flow_yaml(node), "{b: 2}");
}

TEST(Node, SameValueLooksAtTypesNotAtSpelling) {
  EXPECT_TRUE(plain("1").same_value(plain("0x1")));
  EXPECT_TRUE(plain("1").same_value(plain("1.0")));
  EXPECT_TRUE(plain(".nan").same_value(plain(".NaN")));
  EXPECT_TRUE(plain("a").same_value(Node::of("a")));
  EXPECT_FALSE(plain("1").same_value(Node::of("1")));
  EXPECT_FALSE(plain("true").same_value(Node::of("true")));
  EXPECT_FALSE(plain("9007199254740993").same_value(plain("9007199254740992")));
  Node left = Node::map();
  left.set("a", plain("1"));
  left.set("b", plain("2"));
  Node right = Node::map();
  right.set("b", plain("2"));
  EXPECT_FALSE(left.same_value(right));
  right.set("a", plain("1"));
  EXPECT_TRUE(left.same_value(right));
}

TEST(Mark, SaysWhatItKnows) {
  EXPECT_EQ(to_string(Mark()), "<default>");
  EXPECT_EQ(to_string(at("a.yaml", 0, 0)), "a.yaml");
  EXPECT_EQ(to_string(at("a.yaml", 3, 7)), "a.yaml:3:7");
}

TEST(Diagnostics, SortsByPlaceAndSaysEachFindingOnce) {
  Diagnostics diagnostics;
  diagnostics.error(at("z.yaml", 9, 1), "late");
  diagnostics.error(at("a.yaml", 1, 1), "other file");
  diagnostics.error(at("z.yaml", 2, 5), "b");
  diagnostics.error(at("z.yaml", 2, 3), "a");
  diagnostics.error(at("z.yaml", 2, 3), "a");
  EXPECT_EQ(diagnostics.text(),
            "z.yaml:2:3: error: a\n"
            "z.yaml:2:5: error: b\n"
            "z.yaml:9:1: error: late\n"
            "a.yaml:1:1: error: other file");
}

TEST(Diagnostics, ThrowsWhatTheFindingsAre) {
  Diagnostics none;
  EXPECT_NO_THROW(none.throw_if_any());
  Diagnostics plugins;
  plugins.error(at("a.yaml", 1, 1), "unknown loss", ExitCode::plugin);
  EXPECT_THROW(plugins.throw_if_any(), PluginError);
  plugins.error(at("a.yaml", 2, 1), "unknown parameter");
  EXPECT_THROW(plugins.throw_if_any(), ConfigError);
}

}  // namespace
}  // namespace longtail

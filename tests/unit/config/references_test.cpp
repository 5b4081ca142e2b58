#include <gtest/gtest.h>
#include <longtail/config/compose.h>

#include <cstdlib>

namespace longtail {
namespace {

std::string resolved(const std::string& text) {
  Diagnostics diagnostics;
  Node root = parse_yaml(text, "f", diagnostics);
  resolve_references(root, diagnostics);
  return diagnostics.ok() ? to_flow_yaml(root) : diagnostics.text();
}

TEST(References, KeepTheirTypeOrBecomeText) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"{a: 1, b: '${a}'}", "{a: 1, b: 1}"},
      {"{a: '1', b: '${a}'}", "{a: '1', b: '1'}"},
      {"{a: ~, b: '${ a }'}", "{a: null, b: null}"},
      {"{a: {x: [1, 2]}, b: '${a}', c: '${a.x.1}'}", "{a: {x: [1, 2]}, b: {x: [1, 2]}, c: 2}"},
      {"{b: '${c}', c: '${d}', d: 3}", "{b: 3, c: 3, d: 3}"},
      {"{a: 1, b: 'x${a}y${a}'}", "{a: 1, b: x1y1}"},
      {"{a: 1, b: '${a}${a}'}", "{a: 1, b: '11'}"},
      {"{a: 1, b: ['${a}', {c: '${a}'}]}", "{a: 1, b: [1, {c: 1}]}"},
      {"{a: 1, b: '$a', c: '{a}', d: '$'}", "{a: 1, b: '$a', c: '{a}', d: '$'}"},
      {"{s: {e: 24, p: [{until: 16}, {until: '${s.e}'}]}}", "{s: {e: 24, p: [{until: 16}, {until: 24}]}}"},
      {"{a: {b: 1, c: '${a.b}'}, d: '${a}'}", "{a: {b: 1, c: 1}, d: {b: 1, c: 1}}"},
  };
  for (const Case& c : cases) EXPECT_EQ(resolved(c.text), c.expected) << c.text;
}

TEST(References, ReadTheEnvironment) {
  setenv("LONGTAIL_TEST_VARIABLE", "12", 1);
  setenv("LONGTAIL_TEST_EMPTY", "", 1);
  unsetenv("LONGTAIL_TEST_UNSET");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_VARIABLE}"), "{a: 12}");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_VARIABLE,5}/x"), "{a: '12/x'}");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_EMPTY,5}"), "{a: ''}");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_UNSET,5}"), "{a: 5}");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_UNSET, /data/lvis}"), "{a: /data/lvis}");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_UNSET,}"), "{a: ''}");
  EXPECT_EQ(resolved("{a: '${env:LONGTAIL_TEST_UNSET,${b}}', b: 7}"), "{a: 7, b: 7}");
  EXPECT_EQ(resolved("a: ${env:LONGTAIL_TEST_UNSET}"),
            "f:1:4: error: the environment variable LONGTAIL_TEST_UNSET is not set: set it, or write "
            "${env:LONGTAIL_TEST_UNSET,default}");
}

TEST(References, OneMistakeIsOneFinding) {
  EXPECT_EQ(resolved("{a: '${b}', b: '${c}', c: '${d}', e: '${a}'}"), "f:1:27: error: '${d}' refers to nothing");
  EXPECT_EQ(resolved("{a: '${b}', b: '${a}', c: '${a}', d: 'x${b}'}"),
            "f:1:5: error: references go round in a circle: a -> b -> a");
}

TEST(References, ThatFailStayAsTheyAreWritten) {
  Diagnostics diagnostics;
  Node root = parse_yaml("{a: '${x}', b: 1, c: [2, '${a}']}", "f", diagnostics);
  resolve_references(root, diagnostics);
  EXPECT_EQ(to_flow_yaml(root), "{a: '${x}', b: 1, c: [2, '${a}']}");
  EXPECT_TRUE(is_unresolved(*root.find("a"), diagnostics));
  EXPECT_TRUE(is_unresolved(*root.find_path("c.1"), diagnostics));
  EXPECT_FALSE(is_unresolved(*root.find("b"), diagnostics));
}

TEST(References, ToATextWithABraceAreResolved) {
  setenv("LONGTAIL_TEST_VARIABLE", "x${y", 1);
  Diagnostics diagnostics;
  Node root = parse_yaml("a: ${env:LONGTAIL_TEST_VARIABLE}", "f", diagnostics);
  resolve_references(root, diagnostics);
  EXPECT_EQ(root.find("a")->text(), "x${y");
  EXPECT_FALSE(is_unresolved(*root.find("a"), diagnostics));
}

TEST(References, LongChainsAreRefusedNotFollowedToTheEndOfTheStack) {
  std::string backwards;
  for (int i = 0; i < 3000; ++i) backwards += "a" + std::to_string(i) + ": ${a" + std::to_string(i + 1) + "}\n";
  EXPECT_NE(resolved(backwards + "a3000: 1\n").find("references lead to references more than 1000 times"),
            std::string::npos);
}

TEST(References, RememberWhatWasWritten) {
  Diagnostics diagnostics;
  Node root = parse_yaml("a: 1\nb: ${a}\n", "f", diagnostics);
  resolve_references(root, diagnostics);
  const Node& b = *root.find("b");
  EXPECT_EQ(to_string(b.mark()), "f:2:4");
  ASSERT_EQ(b.origins().size(), 1u);
  EXPECT_EQ(b.origins()[0].value, "${a}");
}

}  // namespace
}  // namespace longtail

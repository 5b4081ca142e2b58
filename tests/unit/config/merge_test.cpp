#include <gtest/gtest.h>
#include <longtail/config/compose.h>

namespace longtail {
namespace {

Node read(const std::string& text, const std::string& file = "f") {
  Diagnostics diagnostics;
  Node node = parse_yaml(text, file, diagnostics);
  EXPECT_EQ(diagnostics.text(), "") << text;
  return node;
}

TEST(Merge, FollowsTheRules) {
  struct Case {
    const char* base;
    const char* over;
    const char* expected;
  };
  const Case cases[] = {
      // Maps merge, the base's order stays.
      {"{a: 1, b: 2}", "{b: 3, c: 4}", "{a: 1, b: 3, c: 4}"},
      {"{m: {a: 1, n: {x: 1}}}", "{m: {n: {y: 2}}}", "{m: {a: 1, n: {x: 1, y: 2}}}"},
      {"{m: {a: 1}}", "{m: {}}", "{m: {a: 1}}"},
      // Scalars and lists replace.
      {"{a: [1, 2, 3]}", "{a: [4]}", "{a: [4]}"},
      {"{a: 1}", "{a: ~}", "{a: null}"},
      {"{a: {b: 1}}", "{a: 5}", "{a: 5}"},
      {"{a: {b: 1}}", "{a: [1]}", "{a: [1]}"},
      {"{a: 5}", "{a: {b: 1}}", "{a: {b: 1}}"},
      {"{a: true}", "{a: {b: 1}}", "{a: {b: 1}}"},
      {"{a: ~}", "{a: {b: 1}}", "{a: {b: 1}}"},
      // Components: the same type merges, another replaces, a name is {type: name}.
      {"{loss: {type: focal, gamma: 2}}", "{loss: {gamma: 3}}", "{loss: {type: focal, gamma: 3}}"},
      {"{loss: {type: focal, gamma: 2}}", "{loss: {type: focal, alpha: 1}}",
       "{loss: {type: focal, gamma: 2, alpha: 1}}"},
      {"{loss: {type: focal, gamma: 2}}", "{loss: {type: pcb}}", "{loss: {type: pcb}}"},
      {"{loss: {type: focal, gamma: 2}}", "{loss: pcb}", "{loss: {type: pcb}}"},
      {"{loss: {type: focal, gamma: 2}}", "{loss: focal}", "{loss: {type: focal, gamma: 2}}"},
      {"{loss: focal}", "{loss: {gamma: 3}}", "{loss: {type: focal, gamma: 3}}"},
      {"{loss: focal}", "{loss: {type: focal, gamma: 3}}", "{loss: {type: focal, gamma: 3}}"},
      {"{loss: focal}", "{loss: {type: pcb, alpha: 3}}", "{loss: {type: pcb, alpha: 3}}"},
      {"{loss: focal}", "{loss: pcb}", "{loss: pcb}"},
      {"{loss: {gamma: 3}}", "{loss: {type: focal}}", "{loss: {gamma: 3, type: focal}}"},
      {"{loss: {type: pcb, base: softmax}}", "{loss: {base: {scale: 2}}}",
       "{loss: {type: pcb, base: {type: softmax, scale: 2}}}"},
      {"{loss: {type: pcb, base: {type: focal, gamma: 2}}}", "{loss: {base: {type: softmax}}}",
       "{loss: {type: pcb, base: {type: softmax}}}"},
  };
  for (const Case& c : cases) {
    Node base = read(c.base);
    merge(base, read(c.over));
    EXPECT_EQ(to_flow_yaml(base), c.expected) << c.base << " + " << c.over;
  }
}

TEST(Merge, ManyKeysDoNotTakeForever) {
  Node base = Node::map();
  for (int i = 0; i < 50000; ++i) base.entries().push_back({"k" + std::to_string(i), {}, Node::of(true)});
  Node over = base;
  merge(base, over);
  EXPECT_EQ(base.entries().size(), 50000u);
}

TEST(Merge, RemembersEveryPlace) {
  Node base = read("{a: 1}", "one");
  merge(base, read("{a: 2}", "two"));
  merge(base, read("{a: 3}", "three"));
  const Node& a = *base.find("a");
  ASSERT_EQ(a.origins().size(), 2u);
  EXPECT_EQ(to_string(a.origins()[0].mark) + " " + a.origins()[0].value, "one:1:5 1");
  EXPECT_EQ(to_string(a.origins()[1].mark) + " " + a.origins()[1].value, "two:1:5 2");
  EXPECT_EQ(to_string(a.mark()), "three:1:5");
}

std::string overridden(const std::string& text, const std::string& assignment) {
  Node root = read(text);
  Diagnostics diagnostics;
  apply_override(root, assignment, diagnostics);
  return diagnostics.ok() ? to_flow_yaml(root) : diagnostics.text();
}

TEST(Override, FollowsTheRules) {
  struct Case {
    const char* text;
    const char* assignment;
    const char* expected;
  };
  const Case cases[] = {
      {"{a: 1}", "a=2", "{a: 2}"},
      {"{a: 1}", "b.c.d=x", "{a: 1, b: {c: {d: x}}}"},
      {"{a: 1}", "a=", "{a: null}"},
      {"{a: 1}", "a='1'", "{a: '1'}"},
      {"{a: 1}", "a=[1, {b: 2}]", "{a: [1, {b: 2}]}"},
      {"{a: 1}", "a = b=c", "{a: 'b=c'}"},
      {"{loss: softmax}", "loss.alpha=0.4", "{loss: {type: softmax, alpha: 0.4}}"},
      {"{loss: {type: pcb, alpha: 1}}", "loss.type=focal", "{loss: {type: focal}}"},
      {"{loss: {type: pcb, alpha: 1}}", "loss=focal", "{loss: {type: focal}}"},
      {"{loss: {type: pcb, alpha: 1}}", "loss={alpha: 2}", "{loss: {type: pcb, alpha: 2}}"},
      {"{p: [{until: 1}, {until: 2}]}", "p.1.until=3", "{p: [{until: 1}, {until: 3}]}"},
      {"{p: [{set: {loss: {type: a, x: 1}}}]}", "p.0.set.loss.type=b", "{p: [{set: {loss: {type: b}}}]}"},
      {"{p: [1, 2]}", "p.0=3", "{p: [3, 2]}"},
      {"{p: [[1, 2]]}", "p.0.1=3", "{p: [[1, 3]]}"},
      {"{axes: {loss.alpha: [1]}}", "axes.loss.alpha=[2]", "{axes: {loss.alpha: [2]}}"},
      {"{a: ~}", "a.b=1", "{a: {b: 1}}"},
      {"{p: []}", "p.0=1", "--set p.0=1: error: 'p' is an empty list: it has no item 0"},
      {"{p: [1, 2]}", "p.2=1", "--set p.2=1: error: 'p' has the items 0 to 1, not 2"},
      {"{p: [1]}", "p.0.x=1", "--set p.0.x=1: error: 'p.0' is 1 and has no 'x'"},
      {"{a: 1}", "a=[1", "--set a=[1: error: column 3: this list is never closed: a ',' or ']' is missing"},
      {"{a: 1}", "a={x: 1, x: 2}",
       "--set a={x: 1, x: 2}: error: column 10: key 'x' is given twice, first in line 1, column 4: remove one of them"},
  };
  for (const Case& c : cases) EXPECT_EQ(overridden(c.text, c.assignment), c.expected) << c.assignment;
}

TEST(Override, EndlessKeysAreRefused) {
  std::string key = "a";
  for (int i = 0; i < 100000; ++i) key += ".a";
  EXPECT_NE(overridden("{}", key + "=1").find("the key has more than 100 parts"), std::string::npos);
}

}  // namespace
}  // namespace longtail

#include <gtest/gtest.h>
#include <longtail/config/compose.h>

#include "tests/unit/config/in_temporary_folder.h"

namespace longtail {
namespace {

class Compose : public InTemporaryFolder {
 protected:
  std::string composed(const std::string& config, std::vector<std::string> overrides = {}) {
    return to_flow_yaml(compose_good(config, std::move(overrides)));
  }
  Node compose_good(const std::string& config, std::vector<std::string> overrides = {}) {
    Diagnostics diagnostics;
    Node node = compose(config, options(std::move(overrides)), diagnostics);
    EXPECT_EQ(diagnostics.text(), "");
    return node;
  }
  std::string findings(const std::string& config, std::vector<std::string> overrides = {}) {
    Diagnostics diagnostics;
    compose(config, options(std::move(overrides)), diagnostics);
    return diagnostics.text();
  }
  static ComposeOptions options(std::vector<std::string> overrides) {
    ComposeOptions options;
    options.roots = {"first", "second"};
    options.overrides = std::move(overrides);
    return options;
  }
};

TEST_F(Compose, LaterWinsAndTheFileBeatsWhatItExtends) {
  write("first/a.yaml", "x: a\ny: a\nz: a\nw: a\n");
  write("second/b.yaml", "x: b\ny: b\nz: b\n");
  write("run.yaml", "extends: [a, b, ./c]\nx: run\n");
  write("c.yml", "x: c\ny: c\n");
  EXPECT_EQ(composed("run.yaml"), "{x: run, y: c, z: b, w: a}");
  EXPECT_EQ(composed("run", {"x=set", "x=again", "v.u=1"}), "{x: again, y: c, z: b, w: a, v: {u: 1}}");
}

TEST_F(Compose, TheFirstRootWins) {
  write("first/models/net.yaml", "from: first\n");
  write("second/models/net.yaml", "from: second\n");
  EXPECT_EQ(composed("models/net"), "{from: first}");
  EXPECT_EQ(composed("second/models/net.yaml"), "{from: second}");
}

TEST_F(Compose, RelativeNamesBelongToTheFileThatSaysThem) {
  write("first/deep/base.yaml", "extends: ../shallow\na: 1\n");
  write("first/shallow.yaml", "b: 2\n");
  write("run.yaml", "extends: deep/base\n");
  EXPECT_EQ(composed("run.yaml"), "{b: 2, a: 1}");
}

TEST_F(Compose, AFileExtendedTwiceIsReadOnce) {
  write("first/base.yaml", "a: 1\na: 2\n");
  write("first/left.yaml", "extends: base\nl: 1\n");
  write("first/right.yaml", "extends: base\nr: 1\n");
  write("run.yaml", "extends: [left, right]\n");
  EXPECT_EQ(findings("run.yaml"),
            "first/base.yaml:2:1: error: key 'a' is given twice, first in line 1, column 1: remove one of them");
}

TEST_F(Compose, ManyDiamondsDoNotTakeForever) {
  write("first/l0.yaml", "a: 1\n");
  for (int i = 1; i < 40; ++i) {
    std::string below = "l" + std::to_string(i - 1);
    write("first/l" + std::to_string(i) + ".yaml", "extends: [" + below + ", " + below + "]\n");
  }
  EXPECT_EQ(composed("l39"), "{a: 1}");
}

TEST_F(Compose, EmptyFilesAreEmptyMaps) {
  write("empty.yaml", "");
  write("run.yaml", "extends: ./empty\na: 1\n");
  EXPECT_EQ(composed("empty.yaml"), "{}");
  EXPECT_EQ(composed("run.yaml"), "{a: 1}");
}

TEST_F(Compose, ReferencesAreResolvedAfterOverrides) {
  write("run.yaml", "a: 1\nb: ${a}\nc: 'run_${b}'\n");
  EXPECT_EQ(composed("run.yaml", {"a=5"}), "{a: 5, b: 5, c: run_5}");
  Diagnostics diagnostics;
  ComposeOptions unresolved;
  unresolved.resolve_references = false;
  EXPECT_EQ(to_flow_yaml(compose("run.yaml", unresolved, diagnostics)), "{a: 1, b: '${a}', c: 'run_${b}'}");
}

TEST_F(Compose, WhatCannotBeFoundIsSaid) {
  write("first/mask_rcnn.yaml", "");
  EXPECT_EQ(findings("mask_rcn"), "mask_rcn: error: no such file, nor below first, second (did you mean 'mask_rcnn'?)");
  EXPECT_EQ(findings("first"), "first: error: this is a folder: name a file in it");
  write("run.yaml", "extends: x\n");
  Diagnostics diagnostics;
  EXPECT_TRUE(compose("run.yaml", {}, diagnostics).is_null());
  EXPECT_EQ(diagnostics.text(),
            "run.yaml:1:10: error: extends 'x': no folder of configurations is known, './name' is a file beside this");
}

TEST_F(Compose, IncompleteConfigurationsCauseNoFurtherFindings) {
  write("run.yaml", "extends: gone\nb: ${a}\n");
  EXPECT_EQ(findings("run.yaml", {"p.0=1", "bad"}),
            "run.yaml:1:10: error: extends 'gone': no such file below first, second\n"
            "--set bad: error: has no '=': write key=value, such as --set optimizer.learning_rate=0.1");
}

TEST_F(Compose, LongChainsOfFilesAreRefused) {
  for (int i = 0; i < 60; ++i) {
    write("l" + std::to_string(i) + ".yaml", "extends: ./l" + std::to_string(i + 1) + "\n");
  }
  EXPECT_EQ(findings("l0.yaml"), "l49.yaml:1:10: error: files extend each other more than 50 deep");
}

TEST_F(Compose, ExplainTellsEveryPlace) {
  write("first/base.yaml", "loss: {type: focal, gamma: 2}\nseed: 0\n");
  write("run.yaml", "extends: base\nloss:\n  type: pcb\n  alpha: ${seed}\nseed: 3\n");
  Node root = compose_good("run.yaml", {"seed=7"});
  EXPECT_EQ(explain(root, "seed"),
            "seed = 7\n"
            "    first/base.yaml:2:7  0\n"
            "    run.yaml:5:7         3\n"
            "  > --set seed=7         7\n");
  EXPECT_EQ(explain(root, "loss"),
            "loss was\n"
            "    first/base.yaml:1:7  {type: focal, gamma: 2}\n"
            "loss.type = pcb\n"
            "  > run.yaml:3:9  pcb\n"
            "loss.alpha = 7\n"
            "    run.yaml:4:10  ${seed}\n"
            "  > run.yaml:4:10  7\n");
  EXPECT_EQ(explain(root, "loss.alhpa"), "'loss.alhpa' is not set (did you mean 'loss.alpha'?)\n");
  EXPECT_EQ(explain(root, "gamma"), "'gamma' is not set\n");
}

TEST_F(Compose, DiffTellsWhatDiffersAndWhere) {
  write("a.yaml", "loss: {type: pcb, alpha: 0.2}\nseed: 1\nlr: 0.10\np: [{u: 1}, {u: 2}]\nold: {x: 1}\nm: [1, 2]\n");
  write("b.yaml", "loss: {type: pcb, alpha: 0.4}\nlr: 1e-1\nseed: 1\np: [{u: 1}, {u: 3}]\nnew: x\nm: [1]\n");
  EXPECT_EQ(diff(compose_good("a.yaml"), compose_good("b.yaml")),
            "- loss.alpha: 0.2  # a.yaml:1:26\n"
            "+ loss.alpha: 0.4  # b.yaml:1:26\n"
            "- p.1.u: 2  # a.yaml:4:17\n"
            "+ p.1.u: 3  # b.yaml:4:17\n"
            "- old: {x: 1}  # a.yaml:5:6\n"
            "- m: [1, 2]  # a.yaml:6:4\n"
            "+ m: [1]  # b.yaml:6:4\n"
            "+ new: x  # b.yaml:5:6\n");
  EXPECT_EQ(diff(compose_good("a.yaml"), compose_good("a.yaml", {"loss.type=focal"})),
            "- loss: {type: pcb, alpha: 0.2}  # a.yaml:1:7\n"
            "+ loss: {type: focal}  # --set loss.type=focal\n");
  EXPECT_EQ(diff(compose_good("a.yaml"), compose_good("a.yaml")), "");
}

TEST_F(Compose, DiffTellsLongValuesWhole) {
  std::string numbers = "10000";
  for (int i = 10001; i < 10060; ++i) numbers += ", " + std::to_string(i);
  write("a.yaml", "m: [" + numbers + ", 1]\n");
  write("b.yaml", "m: [" + numbers + ", 2]\n");
  EXPECT_EQ(diff(compose_good("a.yaml"), compose_good("b.yaml")),
            "- m: [" + numbers + ", 1]  # a.yaml:1:4\n+ m: [" + numbers + ", 2]  # b.yaml:1:4\n");
}

TEST_F(Compose, DifferencesPointIntoBothSides) {
  write("a.yaml", "a: 1\nb: {c: 2, d: 3}\n");
  write("b.yaml", "b: {c: 4, d: 3}\ne: 5\n");
  const Node left = compose_good("a.yaml"), right = compose_good("b.yaml");
  const std::vector<Difference> found = differences(left, right);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, "a");
  EXPECT_EQ(found[0].right, nullptr);
  EXPECT_EQ(found[1].path, "b.c");
  EXPECT_EQ(found[1].left, left.find_path("b.c"));
  EXPECT_EQ(found[1].right, right.find_path("b.c"));
  EXPECT_EQ(found[2].path, "e");
  EXPECT_EQ(found[2].left, nullptr);
}

TEST_F(Compose, ExplanationsSayWhichPlaceWins) {
  write("run.yaml", "loss: {type: pcb}\nseed: 3\n");
  const Node root = compose_good("run.yaml", {"seed=7"});
  const std::vector<Explanation> rows = explanations(root, "seed");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].place, "run.yaml:2:7");
  EXPECT_EQ(rows[0].value, "3");
  EXPECT_FALSE(rows[0].wins);
  EXPECT_EQ(rows[1].place, "--set seed=7");
  EXPECT_TRUE(rows[1].wins);
  EXPECT_EQ(explanations(root, "loss").at(0).key, "loss.type");
  EXPECT_TRUE(explanations(root, "sed").empty());
}

TEST_F(Compose, WhatIsComposedCanBeReadInSpiteOfMistakes) {
  write("run.yaml", "a: 1\na: 2\nb: ${nope}\n");
  Diagnostics diagnostics;
  const Node root = compose("run.yaml", options({"foo", "c=3"}), diagnostics);
  EXPECT_EQ(to_flow_yaml(root), "{a: 1, b: '${nope}', c: 3}");
  EXPECT_EQ(diagnostics.findings().size(), 3u) << diagnostics.text();
}

}  // namespace
}  // namespace longtail

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/config/compose.h>
#include <longtail/params.h>

namespace longtail {
namespace {

struct Stage {
  int channels = 64;
  double dropout = 0;
  void bind(ParamBinder& p) {
    p("channels", channels, "Width", at_least(1));
    p("dropout", dropout, "Share of units that are dropped", in_half_open(0, 1));
  }
};

struct Everything {
  bool flag = true;
  int steps = 3;
  std::int64_t limit = 10;
  std::uint64_t seed = 7;
  double gamma = 2;
  std::string mode = "mean";
  std::vector<double> weights = {0.2, 0.2, 0.6};
  std::map<std::string, double> scale;
  std::optional<double> clip;
  Stage stage;
  std::vector<Stage> stages;
  ComponentSpec base{"softmax"};
  Node anything;
  void bind(ParamBinder& p) {
    p("flag", flag, "A flag");
    p("steps", steps, "Recurrent steps", at_least(1));
    p("limit", limit, "A limit");
    p("seed", seed, "A seed");
    p("gamma", gamma, "Focusing exponent", in(0, 10));
    p("mode", mode, "How to reduce", one_of({"mean", "sum"}));
    p("weights", weights, "Weight of each step", greater_than(0));
    p("scale", scale, "Scales by name");
    p("clip", clip, "Largest norm; none by default");
    p("stage", stage, "The stage");
    p("stages", stages, "More stages");
    p("base", base, "The base loss", component("loss"));
    p("anything", anything, "Whatever");
    p.check(weights.size() == static_cast<std::size_t>(steps), "'weights' needs one entry for each of 'steps'");
  }
};

struct Floats {
  float gamma = 0.1f;
  std::vector<float> weights = {1, 0.3f};
  void bind(ParamBinder& p) {
    p("gamma", gamma, "Focusing exponent", in(0, 1e300));
    p("weights", weights, "Weights");
  }
};

struct OneRequired {
  std::string list;
  void bind(ParamBinder& p) { p("list", list, "The list of images", required); }
};

template <class Params>
Params read(const std::string& yaml, std::string* findings = nullptr) {
  Diagnostics diagnostics;
  const Node node = parse_yaml(yaml, "a.yaml", diagnostics);
  Params params;
  read_params(node, params, "loss 'focal'", nullptr, diagnostics);
  if (findings != nullptr) {
    *findings = diagnostics.text();
  } else {
    EXPECT_EQ(diagnostics.text(), "");
  }
  return params;
}

std::string findings(const std::string& yaml) {
  std::string text;
  read<Everything>(yaml, &text);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

TEST(Params, ReadsEveryType) {
  const auto params = read<Everything>(
      "flag: false\nsteps: 2\nlimit: 1e3\nseed: 8\ngamma: 1\nmode: sum\nweights: [1, 2]\nscale: {a: 0.5, b: 2}\n"
      "clip: 35\nstage: {channels: 128}\nstages: [{}, {dropout: 0.5}]\nbase: {type: seesaw, p: 0.8}\nanything: [1, {x: "
      "y}]\n");
  EXPECT_FALSE(params.flag);
  EXPECT_EQ(params.steps, 2);
  EXPECT_EQ(params.limit, 1000);
  EXPECT_EQ(params.seed, 8u);
  EXPECT_EQ(params.gamma, 1.0);
  EXPECT_EQ(params.mode, "sum");
  EXPECT_THAT(params.weights, testing::ElementsAre(1.0, 2.0));
  EXPECT_EQ(params.scale.at("b"), 2.0);
  EXPECT_EQ(params.clip, 35.0);
  EXPECT_EQ(params.stage.channels, 128);
  ASSERT_EQ(params.stages.size(), 2u);
  EXPECT_EQ(params.stages[1].dropout, 0.5);
  EXPECT_EQ(params.base.type, "seesaw");
  EXPECT_EQ(to_flow_yaml(params.base.params), "{p: 0.8}");
  EXPECT_TRUE(params.anything.is_list());
}

TEST(Params, WhatIsNotWrittenKeepsItsDefault) {
  const auto params = read<Everything>("gamma: 3");
  EXPECT_TRUE(params.flag);
  EXPECT_EQ(params.weights.size(), 3u);
  EXPECT_EQ(params.clip, std::nullopt);
  EXPECT_EQ(params.base.type, "softmax");
}

TEST(Params, DumpReadsBackToTheSameValues) {
  Everything params;
  params.gamma = 0.1;
  params.clip = 1.5;
  params.stages.resize(1);
  params.scale["1"] = 4;
  params.mode = "sum";
  const Node dumped = dump_params(params);
  const Node again = dump_params(read<Everything>(to_yaml(dumped)));
  EXPECT_TRUE(dumped.same_value(again)) << to_yaml(dumped) << to_yaml(again);
  EXPECT_EQ(dumped.entries().front().key, "flag");
}

TEST(Params, AllFindingsAreTold) {
  EXPECT_EQ(findings("gama: 1\nsteps: high\ngamma: 11\nmode: summ\n"),
            "a.yaml:1:1: error: unknown parameter 'gama' of loss 'focal' (did you mean 'gamma'?)\n"
            "a.yaml:2:8: error: 'steps' of loss 'focal' must be a whole number, got the text 'high'\n"
            "a.yaml:3:8: error: 'gamma' of loss 'focal' must be between 0 and 10, got 11\n"
            "a.yaml:4:7: error: 'mode' of loss 'focal' must be one of: mean, sum, got 'summ' (did you mean 'sum'?)");
}

TEST(Params, UnknownNameUnlikeAnyListsThemAll) {
  std::string text;
  read<Stage>("momentum: 1", &text);
  EXPECT_THAT(text, testing::HasSubstr("unknown parameter 'momentum' of loss 'focal'; there are: channels, dropout"));
}

TEST(Params, WrongTypes) {
  const std::string place = "a.yaml:1:";
  const std::pair<const char*, const char*> cases[] = {
      {"flag: yes", "7: error: 'flag' of loss 'focal' must be true or false, got the text 'yes'"},
      {"flag: 1", "7: error: 'flag' of loss 'focal' must be true or false, got 1"},
      {"steps: 2.5", "8: error: 'steps' of loss 'focal' must be a whole number, got 2.5"},
      {"steps: 3000000000",
       "8: error: 'steps' of loss 'focal' must be between -2147483648 and 2147483647, got 3000000000"},
      {"seed: -1", "7: error: 'seed' of loss 'focal' must be between 0 and 9223372036854775807, got -1"},
      {"gamma: high", "8: error: 'gamma' of loss 'focal' must be a number, got the text 'high'"},
      {"gamma: '2'", "8: error: 'gamma' of loss 'focal' must be a number, got the text '2'"},
      {"gamma: [1]", "8: error: 'gamma' of loss 'focal' must be a number, got a list"},
      {"gamma: true", "8: error: 'gamma' of loss 'focal' must be a number, got true"},
      {"gamma: .nan", "8: error: 'gamma' of loss 'focal' must be between 0 and 10, got .nan"},
      {"mode: {a: 1}", "7: error: 'mode' of loss 'focal' must be a text, got a map"},
      {"weights: 1", "10: error: 'weights' of loss 'focal' must be a list of numbers, got 1"},
      {"weights: [1, x]", "14: error: 'weights[1]' of loss 'focal' must be a number, got the text 'x'"},
      {"weights: [1, 0]", "14: error: 'weights[1]' of loss 'focal' must be greater than 0, got 0"},
      {"scale: [1]", "8: error: 'scale' of loss 'focal' must be a map of numbers, got a list"},
      {"scale: {a: b}", "12: error: 'scale.a' of loss 'focal' must be a number, got the text 'b'"},
      {"stage: 3", "8: error: 'stage' of loss 'focal' must be a map of its parameters, got 3"},
      {"stage: {chanels: 3}", "9: error: unknown parameter 'stage.chanels' of loss 'focal' (did you mean 'channels'?)"},
      {"stages: [{dropout: 1}]",
       "20: error: 'stages[0].dropout' of loss 'focal' must be at least 0 and less than 1, got 1"},
      {"base: [a]", "7: error: 'base' of loss 'focal' must be a name, or a map with a 'type', got a list"},
  };
  for (const auto& [yaml, expected] : cases) EXPECT_EQ(findings(yaml), place + expected) << yaml;
}

TEST(Params, ALineWithoutAValueIsAMistake) {
  EXPECT_THAT(
      findings("gamma:\n"),
      testing::HasSubstr("'gamma' of loss 'focal' has no value: give a number, or remove the line for the default"));
  EXPECT_EQ(read<Everything>("clip: null").clip, std::nullopt);  // an optional says "none" like this
}

TEST(Params, RulesBetweenParameters) {
  EXPECT_EQ(findings("steps: 2"), "a.yaml:1:1: error: loss 'focal': 'weights' needs one entry for each of 'steps'");
  // Not after other findings: the values would not be those of the file.
  EXPECT_EQ(findings("steps: x"),
            "a.yaml:1:8: error: 'steps' of loss 'focal' must be a whole number, got the text 'x'");
}

TEST(Params, FloatsAreWrittenLikeDoubles) {
  EXPECT_EQ(to_flow_yaml(dump_params(Floats())), "{gamma: 0.1, weights: [1.0, 0.3]}");
  EXPECT_EQ(read<Floats>("gamma: 0.25\nweights: [2]").gamma, 0.25f);
  EXPECT_EQ(describe_params<Floats>()[0].type, "number");
  const float third = 1.0f / 3;
  Floats params;
  params.weights = {third, std::numeric_limits<float>::min(), std::numeric_limits<float>::infinity()};
  EXPECT_EQ(read<Floats>(to_yaml(dump_params(params))).weights, params.weights);
  std::string text;
  read<Floats>("gamma: 1e200\nweights: [x]", &text);
  EXPECT_EQ(text,
            "a.yaml:1:8: error: 'gamma' of loss 'focal' must be between -3.40282e+38 and 3.40282e+38, got 1e200\n"
            "a.yaml:2:11: error: 'weights[0]' of loss 'focal' must be a number, got the text 'x'");
}

TEST(Params, AReferenceThatFailedIsNoSecondFinding) {
  for (const char* yaml : {"steps: ${x}", "weights: ['${x}', 1]", "weights: ${x}", "mode: ${x}", "stage: ${x}",
                           "stage: {channels: '${x}'}", "flag: ${x}", "scale: {a: '${x}'}", "gamma: ${x}"}) {
    Diagnostics diagnostics;
    Node node = parse_yaml(yaml, "a.yaml", diagnostics);
    resolve_references(node, diagnostics);
    const std::string told = diagnostics.text();
    Everything params;
    read_params(node, params, "loss 'focal'", nullptr, diagnostics);
    EXPECT_EQ(diagnostics.text(), told) << yaml;
  }
  Diagnostics diagnostics;
  Node node = parse_yaml("list: ${x}", "a.yaml", diagnostics);
  resolve_references(node, diagnostics);
  OneRequired params;
  read_params(node, params, "data", nullptr, diagnostics);
  EXPECT_EQ(diagnostics.text(), "a.yaml:1:7: error: '${x}' refers to nothing");  // not that `list` is missing
}

TEST(Params, MissingRequired) {
  std::string text;
  read<OneRequired>("{}", &text);
  EXPECT_THAT(text, testing::HasSubstr("a.yaml:1:1: error: 'list' of loss 'focal' is missing: The list of images"));
}

TEST(Params, NotAMap) {
  std::string text;
  read<Everything>("[1, 2]", &text);
  EXPECT_THAT(text, testing::HasSubstr("a.yaml:1:1: error: the parameters of loss 'focal' must be a map"));
}

TEST(Params, AFailedReadKeepsTheField) {
  std::string text;
  EXPECT_EQ(read<Everything>("weights: [1, x]", &text).weights.size(), 3u);
}

TEST(Params, Describe) {
  const std::vector<ParamInfo> rows = describe_params<Everything>();
  ASSERT_EQ(rows.size(), 13u);
  EXPECT_EQ(rows[4].name, "gamma");
  EXPECT_EQ(rows[4].type, "number");
  EXPECT_EQ(to_flow_yaml(rows[4].default_value), "2.0");
  EXPECT_EQ(rows[4].doc, "Focusing exponent");
  EXPECT_EQ(to_string(rows[4].constraint), "between 0 and 10");
  EXPECT_EQ(rows[6].type, "list of numbers");
  EXPECT_EQ(rows[7].type, "map of numbers");
  EXPECT_EQ(rows[10].type, "list of sections");
  ASSERT_EQ(rows[10].fields.size(), 2u);
  EXPECT_EQ(rows[10].fields[0].name, "channels");
  EXPECT_EQ(rows[11].type, "loss");
  EXPECT_TRUE(describe_params<OneRequired>()[0].required);
}

TEST(Constraint, InWords) {
  EXPECT_EQ(to_string(in(0, 1)), "between 0 and 1");
  EXPECT_EQ(to_string(at_least(0.5)), "at least 0.5");
  EXPECT_EQ(to_string(greater_than(0)), "greater than 0");
  EXPECT_EQ(to_string(in_half_open(0, 1)), "at least 0 and less than 1");
  EXPECT_EQ(to_string(one_of({"a", "b"})), "one of: a, b");
  EXPECT_EQ(to_string(component("loss")), "a loss");
  EXPECT_EQ(to_string(Constraint{}), "");
}

}  // namespace
}  // namespace longtail

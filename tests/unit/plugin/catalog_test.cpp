#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>

#include "tests/bad_plugins/test_loss.h"

namespace longtail {
namespace {

using test::Constant;
using test::TestLoss;
using test::TestLossContext;
using testing::HasSubstr;

class Power final : public TestLoss {
 public:
  struct Params {
    double base = 2;
    int exponent = 1;
    void bind(ParamBinder& p) {
      p("base", base, "The base");
      p("exponent", exponent, "The exponent", in(0, 3));
    }
  };
  Power(const Params& params, const TestLossContext&) : value_(params.exponent * params.base) {}
  double value() const override { return value_; }

 private:
  double value_;
};

class Sum final : public TestLoss {
 public:
  struct Params {
    ComponentSpec left{"power"};
    std::vector<ComponentSpec> rest;
    void bind(ParamBinder& p) {
      p("left", left, "First part", component("loss"));
      p("rest", rest, "Other parts", component("loss"));
    }
  };
  Sum(const Params& params, const TestLossContext& context)
      : value_(context.catalog->make<TestLoss>(params.left, context)->value()) {
    for (const ComponentSpec& part : params.rest) value_ += context.catalog->make<TestLoss>(part, context)->value();
  }
  double value() const override { return value_; }

 private:
  double value_;
};

// The interface is not the first base: a pointer to the object is not one to the interface.
struct Other {
  virtual ~Other() = default;
  double filler[4] = {};
};
class Second final : public Other, public Constant {
 public:
  using Constant::Constant;
};

Catalog make_catalog() {
  Registrar registrar;
  registrar.add<TestLoss, Power>("power", "A power");
  registrar.add<TestLoss, Sum>("sum", "A sum");
  registrar.add<TestLoss, Second>("second", "Several bases");
  Catalog catalog;
  catalog.commit(registrar.take());
  return catalog;
}

ComponentSpec resolve(const Catalog& catalog, const std::string& yaml, Diagnostics& diagnostics) {
  const Node node = parse_yaml(yaml, "a.yaml", diagnostics);
  return catalog.resolve("loss", node.find("loss") ? *node.find("loss") : Node(), diagnostics);
}

TestLossContext context_of(const Catalog& catalog) {
  TestLossContext context;
  context.catalog = &catalog;
  return context;
}

TEST(Catalog, ResolvesToAllDefaultsAndMakes) {
  const Catalog catalog = make_catalog();
  Diagnostics diagnostics;
  const ComponentSpec spec = resolve(catalog, "loss: {type: power, exponent: 3}", diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
  EXPECT_EQ(spec.type, "power");
  EXPECT_EQ(to_flow_yaml(spec.params), "{base: 2.0, exponent: 3}");
  EXPECT_EQ(to_string(spec.params.find("exponent")->mark()), "a.yaml:1:31");
  EXPECT_EQ(to_string(spec.params.find("base")->mark()), "<default>");
  EXPECT_EQ(catalog.make<TestLoss>(spec, context_of(catalog))->value(), 6);
}

TEST(Catalog, AScalarIsItsType) {
  const Catalog catalog = make_catalog();
  Diagnostics diagnostics;
  const ComponentSpec spec = resolve(catalog, "loss: power", diagnostics);
  EXPECT_EQ(to_flow_yaml(spec.params), "{base: 2.0, exponent: 1}");
}

TEST(Catalog, MakesWithoutHavingResolved) {
  const Catalog catalog = make_catalog();
  EXPECT_EQ(catalog.make<TestLoss>({"power"}, context_of(catalog))->value(), 2);
  ComponentSpec wrong{"power"};
  wrong.params.set("exponent", Node::of(std::int64_t{9}));
  EXPECT_THROW(catalog.make<TestLoss>(wrong, context_of(catalog)), ConfigError);
}

TEST(Catalog, ComponentsWithinComponents) {
  const Catalog catalog = make_catalog();
  Diagnostics diagnostics;
  const ComponentSpec spec =
      resolve(catalog, "loss: {type: sum, rest: [power, {type: sum, left: {type: power, base: 5}}]}", diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
  EXPECT_EQ(to_flow_yaml(spec.params),
            "{left: {type: power, base: 2.0, exponent: 1}, rest: [{type: power, base: 2.0, exponent: 1}, "
            "{type: sum, left: {type: power, base: 5.0, exponent: 1}, rest: []}]}");
  EXPECT_EQ(to_string(spec.params.find_path("rest.1.left.base")->mark()), "a.yaml:1:71");
  EXPECT_EQ(catalog.make<TestLoss>(spec, context_of(catalog))->value(), 9);

  diagnostics = {};
  resolve(catalog, "loss: {type: sum, left: {type: power, expnent: 2}, rest: [power, powr]}", diagnostics);
  EXPECT_THAT(diagnostics.text(),
              HasSubstr("a.yaml:1:39: error: unknown parameter 'expnent' of loss 'power' (did you mean 'exponent'?)"));
  EXPECT_THAT(diagnostics.text(), HasSubstr("a.yaml:1:66: error: unknown loss 'powr' (did you mean 'power'?)"));
}

TEST(Catalog, SeveralBases) {
  const Catalog catalog = make_catalog();
  TestLossContext context = context_of(catalog);
  context.scale = 12;
  EXPECT_EQ(catalog.make<TestLoss>({"second"}, context)->value(), 12);
}

TEST(Catalog, ParametersOfOneThatHasNone) {
  const Catalog catalog = make_catalog();
  Diagnostics diagnostics;
  resolve(catalog, "loss: {type: second, gamma: 1}", diagnostics);
  EXPECT_THAT(diagnostics.text(),
              HasSubstr("a.yaml:1:22: error: unknown parameter 'gamma': loss 'second' has no parameters"));
}

TEST(Catalog, UnknownTypeTellsWhatExistsAndWhereWasLooked) {
  Catalog catalog = make_catalog();
  catalog.add_searched("/opt/plugins");
  catalog.add_searched("/home/me/plugins");
  catalog.add_failure({"/opt/plugins/seesaw.longtail.so", "it is cut off"});
  Diagnostics diagnostics;
  resolve(catalog, "loss: {type: powr}", diagnostics);
  ASSERT_EQ(diagnostics.findings().size(), 1u);
  EXPECT_EQ(diagnostics.findings()[0].message,
            "unknown loss 'powr' (did you mean 'power'?); there are: power, second, sum; plugins were looked for in "
            "/opt/plugins, /home/me/plugins (--plugin-dir, plugin_path and LONGTAIL_PLUGIN_PATH name "
            "others); could not load /opt/plugins/seesaw.longtail.so: it is cut off");
  EXPECT_EQ(diagnostics.findings()[0].code, ExitCode::plugin);
  EXPECT_EQ(to_string(diagnostics.findings()[0].mark), "a.yaml:1:14");
  EXPECT_THROW(diagnostics.throw_if_any(), PluginError);
}

TEST(Catalog, AReportSaysOnceWherePluginsWereLookedFor) {
  Catalog catalog = make_catalog();
  catalog.add_searched("/opt/plugins");
  Diagnostics diagnostics;
  resolve(catalog, "loss: {type: sum, left: powr, rest: [smu]}", diagnostics);
  ASSERT_EQ(diagnostics.findings().size(), 2u);
  EXPECT_THAT(diagnostics.findings()[0].message, HasSubstr("plugins were looked for in /opt/plugins"));
  EXPECT_EQ(diagnostics.findings()[1].message,
            "unknown loss 'smu' (did you mean 'sum'?); there are: power, second, sum");
  resolve(catalog, "loss: {type: sum, left: powr, rest: [smu]}", diagnostics);  // in another phase, say
  EXPECT_EQ(diagnostics.findings().size(), 2u);
}

TEST(Catalog, AFailureIsOneLine) {
  EXPECT_EQ((Catalog::Failure{"/opt/a.longtail.so", "it is cut off"}).line(), "/opt/a.longtail.so: it is cut off");
  EXPECT_EQ((Catalog::Failure{"/opt/a.longtail.so", "it was built for another longtail:\n  this  that\n"}).line(),
            "/opt/a.longtail.so: it was built for another longtail; `longtail plugins check FILE` says more");
}

TEST(Catalog, AReferenceThatFailedIsToldOnce) {
  const Catalog catalog = make_catalog();
  for (const char* yaml : {"loss: ${x}", "loss: {type: '${x}', base: 3}", "loss: {type: sum, rest: ['${x}']}",
                           "loss: {type: power, base: '${x}', exponent: '${x}'}"}) {
    Diagnostics diagnostics;
    Node node = parse_yaml(yaml, "a.yaml", diagnostics);
    resolve_references(node, diagnostics);
    const std::string told = diagnostics.text();
    catalog.resolve("loss", *node.find("loss"), diagnostics);
    EXPECT_EQ(diagnostics.text(), told) << yaml;
    EXPECT_THAT(told, HasSubstr("'${x}' refers to nothing"));
  }
}

TEST(Catalog, NothingOfAKind) {
  const Catalog catalog;
  Diagnostics diagnostics;
  resolve(catalog, "loss: focal", diagnostics);
  EXPECT_EQ(diagnostics.findings().at(0).message,
            "unknown loss 'focal'; there is no loss at all; no plugin folder was searched: give one with --plugin-dir");
}

TEST(Catalog, TypeIsMissing) {
  const Catalog catalog = make_catalog();
  for (const char* yaml : {"loss: {gamma: 1}", "loss: [power]", "loss:", "loss: {type: [a]}"}) {
    Diagnostics diagnostics;
    resolve(catalog, yaml, diagnostics);
    EXPECT_THAT(diagnostics.text(), HasSubstr("a loss needs a 'type', one of: power, second, sum")) << yaml;
  }
}

TEST(Catalog, TheSameNameTwiceNamesBothFiles) {
  Catalog catalog = make_catalog();
  Registrar registrar;
  registrar.add<TestLoss, Second>("fresh", "New");
  registrar.add<TestLoss, Second>("power", "Taken");
  std::vector<ComponentEntry> entries = registrar.take();
  for (ComponentEntry& entry : entries) entry.file = "/b/power.longtail.so";
  try {
    catalog.commit(std::move(entries));
    FAIL();
  } catch (const PluginError& error) {
    EXPECT_STREQ(error.what(),
                 "loss 'power' is offered by two plugins: built into longtail and /b/power.longtail.so; remove one of "
                 "them from the plugin folders");
  }
  EXPECT_EQ(catalog.find("loss", "fresh"), nullptr);  // all or nothing
}

TEST(Registrar, Names) {
  Registrar registrar;
  EXPECT_THROW((registrar.add<TestLoss, Second>("Power", "")), PluginError);
  EXPECT_THROW((registrar.add<TestLoss, Second>("", "")), PluginError);
  registrar.add<TestLoss, Second>("eql_v2", "");
  EXPECT_THROW((registrar.add<TestLoss, Second>("eql_v2", "")), PluginError);
}

}  // namespace
}  // namespace longtail

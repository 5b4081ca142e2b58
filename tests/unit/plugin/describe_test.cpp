#include "registry/plugin/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/config/compose.h>

#include "tests/bad_plugins/test_loss.h"

namespace longtail {
namespace {

using test::Constant;
using test::TestLoss;
using test::TestLossContext;
using testing::HasSubstr;

class Focal final : public Constant {
 public:
  struct Inner {
    std::int64_t start = 0;
    void bind(ParamBinder& p) { p("start", start, "First epoch", at_least(0)); }
  };
  struct Params {
    double gamma = 2.0;
    std::string mode = "a|b";
    std::string list;
    Inner warmup;
    void bind(ParamBinder& p) {
      p("gamma", gamma, "Focusing exponent; 0 is cross entropy", in(0, 10));
      p("mode", mode, "How");
      p("list", list, "Class list", required, one_of({"x"}));
      p("warmup", warmup, "When it begins");
    }
  };
  Focal(const Params&, const TestLossContext& context) : Constant(context) {}
};

class BadDefault final : public Constant {
 public:
  struct Params {
    double p = 1.5;
    void bind(ParamBinder& binder) { binder("p", p, "A probability", in(0, 1)); }
  };
  BadDefault(const Params&, const TestLossContext& context) : Constant(context) {}
};

class TwoNames final : public Constant {
 public:
  struct Params {
    double gamma = 2.0;
    std::string mode = "a";
    bool fast = false;
    void bind(ParamBinder& p) {
      p("gamma", gamma, "Exponent", in(0, 10));
      p("focus", gamma, "Exponent, once more", in(0, 10));
      p("mode", mode, "How", one_of({"a", "b"}));
      p("way", mode, "How, once more", one_of({"a", "b"}));
      p("fast", fast, "Fast");
      p("quick", fast, "Fast, once more");
    }
  };
  TwoNames(const Params&, const TestLossContext& context) : Constant(context) {}
};

class OneNameTwice final : public Constant {
 public:
  struct Params {
    double gamma = 2.0, alpha = 1.0;
    void bind(ParamBinder& p) {
      p("gamma", gamma, "Exponent");
      p("gamma", alpha, "Share");
    }
  };
  OneNameTwice(const Params&, const TestLossContext& context) : Constant(context) {}
};

class Forging final : public Constant {
 public:
  struct Params {
    double gamma = 2.0;
    std::string mode = "a";
    void bind(ParamBinder& p) {
      p("gamma", gamma, "Exponent\nerror: forged\x1b[2J");
      p("mode\nerror: forged", mode, "How", one_of({"a", "b\nerror: forged\x1b[2J"}));
    }
  };
  Forging(const Params&, const TestLossContext& context) : Constant(context) {}
};

Catalog make_catalog() {
  Registrar registrar;
  registrar.add<TestLoss, Focal>("focal", "Focal loss (Lin et al., ICCV 2017)");
  registrar.add<TestLoss, Constant>("constant", "No loss at all");
  std::vector<ComponentEntry> entries = registrar.take();
  for (ComponentEntry& entry : entries) entry.file = "/lib/" + entry.name + ".longtail.so";
  Catalog catalog;
  catalog.commit(std::move(entries));
  return catalog;
}

TEST(Describe, ListAsText) {
  Catalog catalog = make_catalog();
  EXPECT_EQ(list_components(catalog, DocFormat::text),
            "loss\n"
            "  constant  No loss at all                      /lib/constant.longtail.so\n"
            "  focal     Focal loss (Lin et al., ICCV 2017)  /lib/focal.longtail.so\n");
  catalog.add_failure({"/lib/x.longtail.so", "it is cut off"});
  EXPECT_THAT(list_components(catalog, DocFormat::text),
              HasSubstr("\nnot loaded\n  /lib/x.longtail.so: it is cut off\n"));
}

TEST(Describe, ListOfNothingSaysWhereWasLooked) {
  Catalog catalog;
  catalog.add_searched("/lib/longtail/plugins");
  EXPECT_EQ(list_components(catalog, DocFormat::text), "No plugins. Searched:\n  /lib/longtail/plugins\n");
}

TEST(Describe, ComponentAsText) {
  const Catalog catalog = make_catalog();
  EXPECT_EQ(describe_component(*catalog.find("loss", "focal"), DocFormat::text),
            "loss 'focal': Focal loss (Lin et al., ICCV 2017)\n"
            "from /lib/focal.longtail.so\n"
            "\n"
            "  gamma         Focusing exponent; 0 is cross entropy\n"
            "                (number, default 2.0; between 0 and 10)\n"
            "  mode          How\n"
            "                (text, default 'a|b')\n"
            "  list          Class list\n"
            "                (text, required; one of: x)\n"
            "  warmup        When it begins\n"
            "                (section)\n"
            "  warmup.start  First epoch\n"
            "                (integer, default 0; at least 0)\n"
            "\n"
            "In YAML, with its defaults:\n"
            "  loss: {type: focal, gamma: 2.0, mode: 'a|b', list: '...', warmup: {start: 0}}\n");
}

TEST(Describe, ComponentAsMarkdown) {
  const Catalog catalog = make_catalog();
  const std::string text = describe_component(*catalog.find("loss", "focal"), DocFormat::markdown);
  EXPECT_THAT(text, HasSubstr("### focal\n\nFocal loss (Lin et al., ICCV 2017). From `focal.longtail.so`.\n"));
  EXPECT_THAT(text,
              HasSubstr("| `gamma` | number | `2.0` | between 0 and 10 | Focusing exponent; 0 is cross entropy |\n"));
  EXPECT_THAT(text, HasSubstr("| `mode` | text | `'a\\|b'` |  | How |\n"));
}

TEST(Describe, ComponentAsJson) {
  const Catalog catalog = make_catalog();
  Diagnostics diagnostics;  // JSON is YAML too
  const Node node = parse_yaml(describe_component(*catalog.find("loss", "focal"), DocFormat::json), "out", diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
  EXPECT_EQ(node.find_path("parameters.0.name")->text(), "gamma");
  EXPECT_EQ(node.find_path("parameters.3.fields.0.doc")->text(), "First epoch");
  EXPECT_EQ(node.find_path("parameters.2.default"), nullptr);
  const Node list = parse_yaml(list_components(catalog, DocFormat::json), "out", diagnostics);
  EXPECT_EQ(list.find_path("plugins.1.file")->text(), "/lib/focal.longtail.so");
}

TEST(Describe, TheReferenceNamesNoFolderOfThisMachine) {
  const std::string text = describe_components(make_catalog(), DocFormat::markdown);
  EXPECT_THAT(text, testing::StartsWith("# Plugins\n"));
  EXPECT_THAT(text, HasSubstr("\n## loss\n\n### constant\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("/lib/")));
}

TEST(Describe, TextOfPluginsAndNamesOfFilesForgeNoLine) {
  Registrar registrar;
  registrar.add<TestLoss, Forging>("forging", "No loss\x1b[2J\nIt has\x1b[2J no state.");
  std::vector<ComponentEntry> entries = registrar.take();
  entries[0].file = "/lib\nerror: forged\x1b[2J/p\nerror: forged.longtail.so";
  Catalog catalog;
  catalog.commit(std::move(entries));
  EXPECT_EQ(list_components(catalog, DocFormat::text),
            "loss\n"
            "  forging  No loss\\x1b[2J  /lib\\nerror: forged\\x1b[2J/p\\nerror: forged.longtail.so\n");
  for (const DocFormat format : {DocFormat::text, DocFormat::markdown, DocFormat::json}) {
    for (const std::string& text : {list_components(catalog, format), describe_components(catalog, format)}) {
      EXPECT_EQ(text.find("\nerror: forged"), std::string::npos) << text;
      EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    }
  }
  const std::string text = describe_component(*catalog.find("loss", "forging"), DocFormat::text);
  EXPECT_THAT(text, testing::StartsWith("loss 'forging': No loss\\x1b[2J\nfrom /lib\\nerror: "));
  EXPECT_THAT(text, HasSubstr("\nIt has\\x1b[2J no state.\n"));
  EXPECT_THAT(text, HasSubstr("Exponent\\nerror: forged\\x1b[2J\n"));
}

TEST(Describe, FindComponent) {
  Catalog catalog = make_catalog();
  EXPECT_EQ(find_component(catalog, "focal").name, "focal");
  EXPECT_EQ(find_component(catalog, "loss/focal").name, "focal");
  const auto message = [&](const char* name) -> std::string {
    try {
      find_component(catalog, name);
    } catch (const PluginError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("fokal"),
            "there is no plugin 'fokal' (did you mean 'focal'?); `longtail plugins list` shows them all");
  EXPECT_EQ(message("loss/fokal"),
            "there is no plugin 'loss/fokal' (did you mean 'loss/focal'?); `longtail plugins list` shows them all");
  ComponentEntry other = *catalog.find("loss", "focal");
  other.kind = "sampler";
  catalog.commit({other});
  EXPECT_EQ(message("focal"), "'focal' names 2 plugins; say which: loss/focal, sampler/focal");
}

TEST(Describe, DefaultsHaveToPassTheirOwnConstraints) {
  Catalog catalog = make_catalog();
  EXPECT_EQ(check_defaults(*catalog.find("loss", "focal"), catalog).text(), "");  // required ones are not looked at
  Registrar registrar;
  registrar.add<TestLoss, BadDefault>("bad_default", "Default out of range");
  catalog.commit(registrar.take());
  EXPECT_THAT(check_defaults(*catalog.find("loss", "bad_default"), catalog).text(),
              HasSubstr("'p' of loss 'bad_default' must be between 0 and 1, got 1.5"));
}

TEST(Describe, ParametersAreBoundOnce) {
  Registrar registrar;
  registrar.add<TestLoss, TwoNames>("two_names", "Two names for a variable");
  registrar.add<TestLoss, OneNameTwice>("one_name", "Two variables of a name");
  Catalog catalog;
  catalog.commit(registrar.take());
  EXPECT_EQ(
      check_defaults(*catalog.find("loss", "two_names"), catalog).text(),
      "defaults of loss 'two_names': error: 'gamma' and 'focus' of loss 'two_names' are bound to one variable; give "
      "each one of its own\n"
      "defaults of loss 'two_names': error: 'mode' and 'way' of loss 'two_names' are bound to one variable; give "
      "each one of its own\n"
      "defaults of loss 'two_names': error: 'fast' and 'quick' of loss 'two_names' are bound to one variable; give "
      "each one of its own");
  EXPECT_EQ(
      check_defaults(*catalog.find("loss", "one_name"), catalog).text(),
      "defaults of loss 'one_name': error: 'gamma' of loss 'one_name' is bound twice; give each parameter a name of "
      "its own");
}

TEST(Describe, FurtherLinesAreOfTheComponentAlone) {
  Registrar registrar;
  registrar.add<TestLoss, Constant>("constant", "No loss at all\nIt has no state.\nBuffers: none.");
  Catalog catalog;
  catalog.commit(registrar.take());
  EXPECT_EQ(list_components(catalog, DocFormat::text), "loss\n  constant  No loss at all  built in\n");
  EXPECT_THAT(list_components(catalog, DocFormat::markdown), HasSubstr("| No loss at all |"));
  EXPECT_THAT(describe_component(*catalog.find("loss", "constant"), DocFormat::text),
              HasSubstr("loss 'constant': No loss at all\nfrom longtail itself\nIt has no state.\nBuffers: none.\n"));
  EXPECT_THAT(describe_component(*catalog.find("loss", "constant"), DocFormat::markdown),
              HasSubstr("No loss at all. From `built in`.\n\nIt has no state.\n\nBuffers: none.\n\n"));
}

}  // namespace
}  // namespace longtail

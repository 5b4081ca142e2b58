// Input that does not fit, in a loss alone and wrapped: who expects what, by name and file.
#include <longtail/loss.h>

#include <algorithm>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <longtail/error.h>
#include <longtail/plugin.h>

#include "core/models/step_losses.h"
#include "registry/text/several_lines.h"
#include "tests/support/plugins.h"

namespace longtail {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

/// The message of what `call` throws as an `Error`.
template <class Thrown, class Call>
std::string message(const Call& call) {
  try {
    call();
  } catch (const Thrown& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// Over another loss, whose width it does not pass on.
class Narrowing final : public Loss {
 public:
  struct Params {
    ComponentSpec base{"seesaw"};
    void bind(ParamBinder& p) { p("base", base, "The other loss", component("loss")); }
  };
  Narrowing(const Params& params, const LossContext& context) : Loss(context) {
    base_ = register_module("base", context.catalog->make<Loss>(params.base, context));
  }
  LossTerms forward(const LossInput& input) override { return base_->forward(input); }

 private:
  std::shared_ptr<Loss> base_;
};

struct Hide {
  static void spoil(LossInput& input) { input.set_targets(at::zeros({input.labels.size(0), 3})); }
};
struct Throw {
  static void spoil(LossInput&) { throw std::runtime_error("there is no table"); }
};
struct Multiply {
  static void spoil(LossInput& input) { input.logits = input.logits.matmul(at::ones({7, 7})); }
};

template <class How>
class Spoilt final : public Loss {
 public:
  using Loss::Loss;
  LossTerms forward(const LossInput& input) override {
    LossInput own = input;
    How::spoil(own);
    return {{"loss_cls", cross_entropy(own.logits, own)}};
  }
};

class Unmade final : public Loss {
 public:
  explicit Unmade(const LossContext& context) : Loss(context) { at::zeros({2}).view({3}); }
  LossTerms forward(const LossInput&) override { return {}; }
};

[[noreturn]] void fail_in_torch(const std::string& text) {
  throw c10::Error(c10::SourceLocation{__func__, __FILE__, __LINE__}, text);
}

constexpr const char* kOutOfMemory = "CUDA out of memory. Tried to allocate 2.00 GiB";
constexpr const char* kBank = "index out of memory bank";  // no lack of memory

/// Spoilt when it is made, by a call of `How`.
template <class How>
class MadeBy final : public Loss {
 public:
  explicit MadeBy(const LossContext& context) : Loss(context) { How::fail(); }
  LossTerms forward(const LossInput&) override { return {}; }
};

struct Exhaust {
  [[noreturn]] static void fail() { fail_in_torch(kOutOfMemory); }
  static void spoil(LossInput&) { fail(); }
};
struct ExhaustAllocator {
  [[noreturn]] static void fail() {
    fail_in_torch("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9");
  }
};
struct ExhaustStandard {
  [[noreturn]] static void fail() { throw std::bad_alloc(); }
};
struct LeaveBank {
  [[noreturn]] static void fail() { fail_in_torch(kBank); }
  static void spoil(LossInput&) { fail(); }
};

class Listing final : public Loss {
 public:
  explicit Listing(const LossContext& context) : Loss(context) { throw LinesError<PluginError>("two:\n  a\n  b"); }
  LossTerms forward(const LossInput&) override { return {}; }
};

class LossChecks : public ::testing::Test {
 protected:
  LossChecks() {
    Registrar registrar;
    registrar.add<Loss, Narrowing>("narrowing", "A test");
    registrar.add<Loss, Spoilt<Hide>>("hide", "A test");
    registrar.add<Loss, Spoilt<Throw>>("throw", "A test");
    registrar.add<Loss, Spoilt<Multiply>>("multiply", "A test");
    registrar.add<Loss, Unmade>("unmade", "A test");
    registrar.add<Loss, MadeBy<Exhaust>>("exhausted", "A test");
    registrar.add<Loss, MadeBy<ExhaustAllocator>>("exhausted_on_cpu", "A test");
    registrar.add<Loss, MadeBy<ExhaustStandard>>("exhausted_by_new", "A test");
    registrar.add<Loss, MadeBy<LeaveBank>>("unbanked", "A test");
    registrar.add<Loss, Spoilt<Exhaust>>("exhaust", "A test");
    registrar.add<Loss, Spoilt<LeaveBank>>("unbank", "A test");
    registrar.add<Loss, Listing>("listing", "A test");
    std::vector<ComponentEntry> entries = registrar.take();
    for (ComponentEntry& entry : entries) entry.file = "/lib/" + entry.name + ".longtail.so";
    catalog.commit(std::move(entries));
    context.catalog = &catalog;
    context.num_classes = 3;
    context.has_background = true;
  }

  std::shared_ptr<Loss> make(const std::string& text) { return testing::make<Loss>(catalog, text, context); }

  static LossInput input(std::int64_t width, std::int64_t num_targets = 4) {
    return {at::zeros({2, width}), at::tensor({0, 2}, at::kLong), num_targets};
  }

  Catalog catalog = testing::catalog_of({"softmax", "bsce", "eql_v2", "seesaw", "pcb"});
  LossContext context;
};

TEST_F(LossChecks, WrongLogitsSayWhoExpectsWhat) {
  context.instance_counts = {3, 2, 1};
  for (const std::string name : {"softmax", "bsce", "eql_v2", "seesaw"}) {
    const std::int64_t wanted = name == "seesaw" ? 5 : 4;
    const std::string file = "/" + name + ".longtail.so): ";
    const std::string expects = "it expects logits of the shape [N, " + std::to_string(wanted) +
                                "] for 3 classes and a background, and was given [2, 6]";
    for (const std::string& text : {name, "{type: pcb, base: " + name + "}"}) {
      const auto loss = make(text);
      for (const auto& call :
           std::vector<std::function<void()>>{[&] { loss->forward(input(6)); }, [&] { (*loss)(input(6)); },
                                              [&] {
                                                loss->scores(at::zeros({2, 6}));
                                              }}) {
        const std::string told = message<PluginError>(call);
        EXPECT_THAT(told, HasSubstr(expects));
        EXPECT_THAT(told, ::testing::AnyOf(HasSubstr(file), HasSubstr("/pcb.longtail.so): ")));
      }
    }
  }
}

// The head has the wrapper's width, 4; the base needs 5.
TEST_F(LossChecks, AWrappedLossSaysThatItIsTheOneThatExpectsMore) {
  const auto loss = make("narrowing");
  EXPECT_EQ(loss->num_logits(), 4);
  EXPECT_THAT(message<PluginError>([&] { (*loss)(input(4)); }),
              MatchesRegex("loss 'seesaw' \\(.*/seesaw.longtail.so\\): it expects logits of the shape \\[N, 5\\] for 3 "
                           "classes and a background, and was given \\[2, 4\\]; a loss over it has to pass on "
                           "num_logits\\(\\)"));
}

TEST_F(LossChecks, WrongTargetsSayWhoSetThem) {
  EXPECT_THAT(
      message<PluginError>([&] { (*make("hide"))(input(4)); }),
      StartsWith("loss 'hide' (/lib/hide.longtail.so): soft targets of the shape [2, 3] were set where [2, 4] is "
                 "needed"));
  EXPECT_THAT(
      message<PluginError>([&] { (*make("{type: pcb, base: softmax}"))(input(4, 3)); }),
      HasSubstr("pcb.longtail.so): it expects 4 targets a sample for 3 classes and a background, and was given 3"));
  LossInput weighted = input(4);
  weighted.weights = at::ones({3});
  EXPECT_THAT(message<PluginError>([&] { (*make("softmax"))(weighted); }),
              HasSubstr("softmax.longtail.so): it expects weights of the shape [2], and was given [3]"));
  LossInput mixed = input(4);
  EXPECT_THROW(mixed.set_targets(MixedTargets{at::ones({2}), {}, at::tensor({0}, at::kLong), at::ones({1, 4})}),
               PluginError);
}

// In training, too, where a base that fails is named and not the loss over it.
TEST_F(LossChecks, WhatAForwardThrowsNamesTheLossAndItsFile) {
  const std::string expected = "loss 'throw' (/lib/throw.longtail.so): there is no table";
  for (const std::string text : {"throw", "{type: pcb, base: throw}"}) {
    const auto loss = make(text);
    const std::vector<ParadigmStep> steps = {{HeadOutput{at::zeros({2, 4}), {}, {}}}};
    const Tensor labels = at::tensor({0, 2}, at::kLong);
    EXPECT_EQ(message<std::runtime_error>([&] { step_losses(*loss, steps, labels, 4); }), expected) << text;
  }
  EXPECT_THAT(message<PluginError>([&] { (*make("multiply"))(input(4)); }),
              StartsWith("loss 'multiply' (/lib/multiply.longtail.so): LibTorch: "));
}

TEST_F(LossChecks, WhatAConstructorThrowsNamesTheLossAndItsFile) {
  for (const std::string text : {"unmade", "{type: pcb, base: unmade}"}) {
    const std::string told = message<std::runtime_error>([&] { make(text); });
    EXPECT_THAT(told, StartsWith("loss 'unmade' (/lib/unmade.longtail.so): "));
    EXPECT_EQ(told.find('\n'), std::string::npos) << told;
  }
}

TEST_F(LossChecks, ALackOfMemoryIsNoMistakeOfAPlugin) {
  const auto expect = [&](const std::string& name, const std::string& said) {
    for (const std::string& text : {name, "{type: pcb, base: " + name + "}"}) {
      const std::string told = message<std::bad_alloc>([&] { make(text); });
      EXPECT_THAT(told, StartsWith("loss '" + name + "' (/lib/" + name + ".longtail.so): " + said)) << text;
      EXPECT_EQ(told.find('\n'), std::string::npos) << told;
    }
  };
  expect("exhausted", kOutOfMemory);
  expect("exhausted_on_cpu", "DefaultCPUAllocator: can't allocate memory");
  expect("exhausted_by_new", "out of memory");
  EXPECT_THAT(message<c10::Error>([&] { (*make("exhaust"))(input(4)); }), StartsWith(kOutOfMemory));
}

TEST_F(LossChecks, WordsAboutMemoryAreNoLackOfIt) {
  for (const std::string text : {"unbanked", "{type: pcb, base: unbanked}"}) {
    EXPECT_THAT(message<PluginError>([&] { make(text); }),
                StartsWith(std::string("loss 'unbanked' (/lib/unbanked.longtail.so): ") + kBank));
  }
  EXPECT_THAT(message<PluginError>([&] { (*make("unbank"))(input(4)); }),
              StartsWith(std::string("loss 'unbank' (/lib/unbank.longtail.so): LibTorch: ") + kBank));
}

TEST_F(LossChecks, AnErrorOfSeveralLinesKeepsThem) {
  for (const std::string text : {"listing", "{type: pcb, base: listing}"}) {
    try {
      make(text);
      FAIL() << text;
    } catch (const PluginError& error) {
      EXPECT_EQ(shown(error), "loss 'listing' (/lib/listing.longtail.so): two:\n  a\n  b");
    }
  }
}

// They are of one batch, whose labels are looked at once: what else does not fit, the loss tells.
TEST_F(LossChecks, StepsShareTheirLabels) {
  const auto loss = make("softmax");
  const std::vector<ParadigmStep> steps = {{HeadOutput{at::zeros({2, 4}), {}, {}}},
                                           {HeadOutput{at::zeros({3, 4}), {}, {}}}};
  EXPECT_THAT(message<PluginError>([&] {
                step_losses(*loss, steps, at::tensor({0, 2}, at::kLong), 4);
              }),
              HasSubstr("softmax.longtail.so): it expects labels of the shape [3], and was given [2]"));
  EXPECT_THROW(step_losses(*loss, steps, at::tensor({0, 4}, at::kLong), 4), DataError);
}

TEST_F(LossChecks, LabelsOutOfRangeAreRefused) {
  for (const std::int64_t label : {std::int64_t{-100}, std::int64_t{-1}, std::int64_t{4}, std::int64_t{1} << 40}) {
    const Tensor labels = at::tensor({std::int64_t{0}, label}, at::kLong);
    EXPECT_THAT(message<DataError>([&] {
                  LossInput(at::zeros({2, 4}), labels, 4);
                }),
                StartsWith("the label " + std::to_string(label) + " is not in [0, 4)"));
  }
  EXPECT_THROW(LossInput(at::zeros({2, 4}), at::zeros({3}, at::kLong), 4), PluginError);
  EXPECT_THROW(LossInput(at::zeros({2, 4}), at::zeros({2}, at::kInt), 4), PluginError);
  EXPECT_THROW(LossInput(Tensor(), at::zeros({2}, at::kLong), 4), PluginError);
}

// Labels that are exchanged after the input was made.
TEST_F(LossChecks, LabelsOutOfRangeNeverReadOutside) {
  context.instance_counts = {3, 2, 1};
  for (const std::string name : {"softmax", "bsce", "eql_v2", "seesaw", "pcb"}) {
    const auto loss = make(name);
    LossInput bad = input(loss->num_logits());
    bad.labels = at::tensor({0, -7}, at::kLong);
    EXPECT_ANY_THROW((*loss)(bad)) << name;
  }
}

TEST_F(LossChecks, EmptyAndPartialContextsAreRefused) {
  const LossContext good = context;
  for (const std::string name : {"softmax", "bsce", "eql_v2", "seesaw", "pcb"}) {
    context = good;
    context.num_classes = 0;
    EXPECT_THAT(message<ConfigError>([&] { make(name); }), HasSubstr(name + ".longtail.so): it is made for 0 classes"));
    context = good;
    context.instance_counts = {1, 2};
    EXPECT_THAT(message<PluginError>([&] { make(name); }), HasSubstr("has 2 instance counts for 3 classes"));
    context.instance_counts = {1, 2, -1};
    EXPECT_THAT(message<PluginError>([&] { make(name); }), HasSubstr("has negative instance counts"));
    context = good;
    context.collective = nullptr;
    EXPECT_THAT(message<PluginError>([&] { make(name); }), HasSubstr("has no collective"));
  }
}

// plugins/REFERENCE.md is made of the same text.
TEST_F(LossChecks, TheBuffersOfTheShippedLossesAreDocumented) {
  context.instance_counts = {3, 2, 1};
  for (const std::string name : {"softmax", "bsce", "eql_v2", "seesaw", "pcb"}) {
    const auto loss = make(name);
    const std::string doc = catalog.find("loss", name)->doc;
    EXPECT_THAT(doc, HasSubstr("\nBuffers: ")) << name;
    for (const auto& buffer : loss->named_buffers()) EXPECT_THAT(doc, HasSubstr("`" + buffer.key() + "`")) << name;
    const std::string buffers = doc.substr(doc.find("\nBuffers: "));
    const auto quotes = std::count(buffers.begin(), buffers.end(), '`');
    const std::int64_t expected = 2 * static_cast<std::int64_t>(loss->named_buffers().size()) + (name == "pcb" ? 2 : 0);
    EXPECT_EQ(quotes, expected) << name;  // no name of a buffer that there is not; pcb names its base's
  }
}

}  // namespace
}  // namespace longtail

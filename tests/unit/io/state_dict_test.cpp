#include "core/io/state_dict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <string>
#include <utility>
#include <vector>

#include "core/io/weights.h"
#include "tests/support/torch_bytes.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using test::pickled;
using test::pickled_call;
using test::pickled_class;
using test::pickled_dict;
using test::pickled_tuple;
using test::pickled_vector;
using test::TemporaryFolder;
using testing::HasSubstr;

class StateDict : public testing::Test {
 protected:
  TensorFile read(const std::string& object, const std::string& key = "") {
    test::write_text(folder_ / "a.pth", test::torch_bytes(object));
    return read_weights(folder_ / "a.pth", key);
  }
  std::string error(const std::string& object, const std::string& key = "") {
    return message_of<DataError>([&] { read(object, key); });
  }
  std::string part(const std::string& object) { return read(object).metadata.at("part"); }

  const TemporaryFolder folder_;
  const std::string weights_ = pickled_dict({{"conv1.weight", pickled_vector(8)}, {"fc.bias", pickled_vector(2)}});
};

TEST_F(StateDict, TheOnlyWeightsAreTakenWhateverTheirKey) {
  for (const std::string key : {"ema", "ema_state_dict", "model_ema", "teacher", "student", "model_weights",
                                "model_state", "generator", "state_dict_best", "my model"}) {
    const TensorFile file = read(pickled_dict({{key, weights_}, {"epoch", pickled(3)}}));
    EXPECT_EQ(file.metadata.at("part"), key);
    EXPECT_EQ(file.tensors.size(), 2u) << key;
    EXPECT_NE(file.find("conv1.weight"), nullptr) << key;
  }
  EXPECT_EQ(part(pickled_dict({{"a", pickled_dict({{"b", weights_}})}})), "a.b");
}

TEST_F(StateDict, TheWeightsThemselvesComeBeforeAveragedOnes) {
  EXPECT_EQ(part(pickled_dict({{"ema", weights_}, {"model", weights_}})), "model");
  EXPECT_EQ(part(pickled_dict({{"state_dict_ema", weights_}, {"state_dict", weights_}})), "state_dict");
}

TEST_F(StateDict, WhatWasLeftForAUsualNameIsNoted) {
  const auto notes = [&](const std::string& object, const std::string& key = "") { return read(object, key).notes; };
  const std::string two = pickled_dict({{"ema_state_dict", weights_}, {"state_dict", weights_}});
  EXPECT_THAT(notes(two), testing::ElementsAre("took 'state_dict'; the file also holds 'ema_state_dict' (--key "
                                               "ema_state_dict takes that)"));
  EXPECT_THAT(notes(two, "state_dict"), testing::IsEmpty());
  EXPECT_THAT(notes(two, "ema_state_dict"), testing::IsEmpty());
  EXPECT_THAT(
      notes(pickled_dict({{"swa_state_dict", weights_}, {"model_weights", weights_}})),
      testing::ElementsAre(HasSubstr("took 'model_weights'; the file also holds 'swa_state_dict' (--key swa_")));
  const std::string inner = pickled_dict({{"model", weights_}, {"ema", weights_}});
  EXPECT_THAT(
      notes(pickled_dict({{"a", inner}, {"best", weights_}, {"model", inner}})),
      testing::ElementsAre("took 'model.model'; the file also holds 'a.ema', 'model.ema', 'a.model', 'best' (--key "
                           "a.ema takes the first of them)"));
  // A few tensors beside the weights are no other set of them.
  const std::string few = pickled_dict({{"history", pickled_vector(8)}});
  const std::string large =
      pickled_dict({{"a", pickled_vector(8)}, {"b", pickled_vector(8)}, {"c", pickled_vector(8)}});
  EXPECT_THAT(notes(pickled_dict({{"meta", few}, {"state_dict", large}})), testing::IsEmpty());
  EXPECT_THAT(notes(pickled_dict({{"ema", weights_}})), testing::IsEmpty());
}

TEST_F(StateDict, OfSeveralTheCandidatesAreNamed) {
  const std::string both = pickled_dict({{"teacher", weights_}, {"student", weights_}, {"epoch", pickled(3)}});
  const std::string message = error(both);
  EXPECT_THAT(message, HasSubstr("a.pth: holds 2 sets of weights: teacher (2 tensors), student (2 tensors); choose one "
                                 "with --key"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(read(both, "student").metadata.at("part"), "student");
  EXPECT_THAT(error(both, "teach"),
              HasSubstr("a.pth: has no part 'teach'; it holds 2 sets of weights: teacher (2 tensors), student (2 "
                        "tensors); choose one with --key"));
  EXPECT_THAT(error(pickled_dict({{"model", weights_}, {"state_dict", weights_}})), HasSubstr("holds 2 sets"));
  const std::string one = pickled_dict({{"conv1.weight", pickled_vector(8)}});
  EXPECT_THAT(error(pickled_dict({{"teacher", one}, {"student", weights_}})),
              HasSubstr("holds 2 sets of weights: teacher (1 tensor), student (2 tensors); "));
}

TEST_F(StateDict, AKeyIsAlsoTheBeginningOfNames) {
  const std::string flat =
      pickled_dict({{"teacher.conv1.weight", pickled_vector(8)}, {"student.conv1.weight", pickled_vector(8)}});
  const TensorFile file = read(flat, "teacher");
  ASSERT_EQ(file.tensors.size(), 1u);
  EXPECT_EQ(file.tensors[0].first, "conv1.weight");
  const std::string wrapped = pickled_dict(
      {{"module.teacher.conv1.weight", pickled_vector(8)}, {"module.student.conv1.weight", pickled_vector(8)}});
  for (const std::string key : {"teacher", "module.teacher"}) {
    ASSERT_EQ(read(wrapped, key).tensors.size(), 1u) << key;
    EXPECT_EQ(read(wrapped, key).tensors[0].first, "conv1.weight") << key;
  }
  EXPECT_EQ(read(wrapped, "module").tensors[0].first, "teacher.conv1.weight");
  EXPECT_THAT(error(flat, "tutor"), HasSubstr("has no part 'tutor'"));
}

TEST_F(StateDict, OptimizersAndLonelyNumbersAreNoWeights) {
  const std::string moments = pickled_dict({{"exp_avg", pickled_vector(8)}});
  for (const std::string key : {"optimizer", "optimizer_state_dict", "optim_g", "lr_scheduler", "rng_state"}) {
    EXPECT_EQ(part(pickled_dict({{key, moments}, {"ema", weights_}, {"best", pickled_vector(1)}})), "ema") << key;
  }
  EXPECT_THAT(error(pickled_dict({{"optimizer", moments}})), HasSubstr("holds no dict of tensors"));
}

TEST_F(StateDict, ForeignObjectsBesideTheWeightsStayOpaque) {
  const std::string none = "N";
  const std::string settings = pickled_class("pytorch_lightning.utilities.parsing", "AttributeDict") + ")\x81" + "(" +
                               pickled("lr") + pickled(1) + "u";
  const std::string config =
      pickled_class("mmcv.utils.config", "ConfigDict") + ")\x81" + pickled_dict({{"type", pickled("SGD")}}) + "b";
  const std::string node =
      pickled_call("copy_reg", "_reconstructor",
                   {pickled_class("yacs.config", "CfgNode"), pickled_class("builtins", "dict"), pickled_dict({})});
  const std::string uuid = pickled_class("uuid", "UUID") + ")\x81" + pickled_dict({{"int", pickled(7)}}) + "b";
  const std::string date = pickled_call("datetime", "date", {pickled("2026")});
  const std::string range = pickled_call("builtins", "range", {pickled(0), pickled(9), pickled(1)});
  const std::string scalar = pickled_call("numpy.core.multiarray", "scalar", {pickled("f8"), pickled("12345678")});
  const std::string space = pickled_class("argparse", "Namespace") + ")\x81" + pickled_dict({{"lr", pickled(1)}}) + "b";
  const std::string level = pickled_call("my_project.settings", "Level", {pickled(2)});
  const std::string path = pickled_call("pathlib", "PosixPath", {pickled("/"), pickled("data")});
  const std::string method = pickled_call("builtins", "getattr", {level, pickled("value")}) + pickled_tuple({}) + "R";
  for (const std::string& object :
       {settings, config, node, uuid, date, range, scalar, space, level, path, method, none}) {
    const TensorFile file = read(pickled_dict({{"hyper_parameters", object}, {"state_dict", weights_}}));
    EXPECT_EQ(file.tensors.size(), 2u) << object;
  }
  EXPECT_EQ(read(pickled_dict({{"conv1.weight", pickled_vector(8)}, {"made", date}})).tensors.size(), 1u);
}

TEST_F(StateDict, ATensorThatAForeignClassWouldMakeIsRefused) {
  const std::string quantized =
      pickled_call("torch._utils", "_rebuild_qtensor", {test::pickled_storage("0", 8), pickled(0)});
  EXPECT_THAT(error(pickled_dict({{"conv1.weight", pickled_vector(8)}, {"fc.weight", quantized}})),
              HasSubstr("a.pth: fc.weight: refused to load 'torch._utils._rebuild_qtensor', which could run code"));
  const std::string model =
      pickled_class("models.yolo", "Model") + ")\x81" + pickled_dict({{"_parameters", weights_}}) + "b";
  EXPECT_THAT(error(pickled_dict({{"model", model}, {"epoch", pickled(1)}})),
              HasSubstr("a.pth: model: refused to load 'models.yolo.Model', which could run code; in Python"));
  EXPECT_THAT(error(model), HasSubstr("a.pth: refused to load 'models.yolo.Model'"));
}

TEST_F(StateDict, WhatRunsProgramsIsRefusedAnywhere) {
  for (const auto& [module, name] :
       {std::pair("os", "system"), std::pair("posix", "system"), std::pair("nt", "system"),
        std::pair("subprocess", "Popen"), std::pair("builtins", "eval"), std::pair("__builtin__", "exec"),
        std::pair("builtins", "__import__"), std::pair("importlib", "import_module"), std::pair("runpy", "run_path"),
        std::pair("shutil", "rmtree"), std::pair("os.path", "join")}) {
    const std::string call = pickled_call(module, name, {pickled("ls")});
    EXPECT_THAT(error(pickled_dict({{"x", call}, {"state_dict", weights_}})),
                HasSubstr(std::string("refused to load '") + module + "." + name + "'"));
  }
}

// 40 tensors of one number each, expanded to a gigabyte.
TEST_F(StateDict, ExpandedTensorsAreBoundedByTheFile) {
  std::vector<std::pair<std::string, std::string>> expanded, modest;
  for (int i = 0; i < 40; ++i) {
    expanded.emplace_back("w" + std::to_string(i), test::pickled_tensor("0", 8, {1 << 14, 1 << 14}, {0, 0}));
    modest.emplace_back("w" + std::to_string(i), test::pickled_tensor("0", 8, {1000, 8}, {0, 1}));
  }
  EXPECT_THAT(error(pickled_dict(expanded)), HasSubstr("its tensors claim more than 256 MB"));
  EXPECT_EQ(read(pickled_dict(modest)).tensors.size(), 40u);
}

TEST_F(StateDict, ManyNamesOfOneTensorAreBoundedByTheFile) {
  const std::string once = test::pickled_tensor("0", 8, {1 << 12, 1 << 12}, {0, 0}) + "q\x01";  // 64 MB, remembered
  std::string dict = "}(" + pickled("w") + once;
  for (int i = 0; i < 100; ++i) dict += pickled("w" + std::to_string(i)) + "h\x01";
  EXPECT_THAT(error(dict + "u"), HasSubstr("its tensors claim more than 256 MB"));
}

TEST_F(StateDict, DictsThatHoldTheSameAgainAndAgainEnd) {
  // Eight dicts, each of which holds the one before a thousand times.
  std::string object = pickled_dict({{"w", pickled_vector(8)}}) + "q\x01" + "0";
  for (int depth = 1; depth < 8; ++depth) {
    object += "}(";
    for (int i = 0; i < 1000; ++i)
      object += pickled(std::to_string(i)) + "h" + std::string(1, static_cast<char>(depth));
    object += std::string("uq") + std::string(1, static_cast<char>(depth + 1)) + "0";
  }
  object += "h\x08";
  EXPECT_THAT(error(object, "0"), testing::AnyOf(HasSubstr("again and again"), HasSubstr("more than 200000 tensors")));
}

TEST_F(StateDict, NamesBelongToTheFileAndBareOnesStay) {
  const TensorFile resnet = to_longtail(read(pickled_dict({{"conv1.weight", pickled_vector(8)},
                                                           {"layer1.0.bn1.weight", pickled_vector(2)},
                                                           {"fc.bias", pickled_vector(2)}})));
  EXPECT_EQ(resnet.tensors[0].first, "backbone.conv1.weight");
  EXPECT_EQ(resnet.tensors[1].first, "backbone.layer1.0.bn1.weight");
  EXPECT_EQ(resnet.tensors[2].first, "classifier.bias");
  for (const std::string name : {"w", "weight", "blocks.0.attn.qkv.weight", "encoder.embed.weight", "layers.0.weight",
                                 "features.0.weight", "module.w2"}) {
    const TensorFile file{{}, {{name, at::ones({2})}}};
    EXPECT_EQ(to_longtail(file).tensors[0].first, name);
  }
}

}  // namespace
}  // namespace longtail

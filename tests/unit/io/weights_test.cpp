#include "core/io/weights.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/error.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/io/safetensors.h"
#include "core/io/weight_names.h"
#include "tests/unit/io/files.h"

namespace longtail {
namespace {

using test::message_of;
using test::TemporaryFolder;
using test::write_text;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(LONGTAIL_SOURCE_DIR) / "tests/oracle/torch_files" / name;
}

at::Tensor counted(at::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return at::arange(count).remainder(7).to(at::kFloat).reshape(shape);
}

/// A module tree with the given tensors at dotted places.
class Tree : public Module {
 public:
  explicit Tree(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& tensors) {
    for (const auto& [name, shape] : tensors) add(*this, name, shape);
  }

 private:
  struct Branch : Module {};
  static void add(Module& module, const std::string& name, const std::vector<std::int64_t>& shape) {
    const auto dot = name.find('.');
    if (dot == std::string::npos) {
      const bool buffer = name.find("running") == 0 || name.find("num_") == 0;
      buffer ? module.register_buffer(name, at::zeros(shape)) : module.register_parameter(name, at::zeros(shape));
      return;
    }
    const auto head = name.substr(0, dot);
    const auto children = module.named_children();
    if (!children.contains(head)) module.register_module(head, std::make_shared<Branch>());
    add(*module.named_children()[head], name.substr(dot + 1), shape);
  }
};

Tree small_resnet(bool projects, std::int64_t classes = 10) {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors = {
      {"backbone.conv1.weight", {2, 3, 3, 3}}, {"backbone.bn1.weight", {2}},
      {"backbone.bn1.running_mean", {2}},      {"backbone.layer2.0.conv1.weight", {4, 2, 3, 3}},
      {"backbone.layer2.0.bn1.weight", {4}},   {"classifier.weight", {classes, 4}},
      {"classifier.bias", {classes}}};
  if (projects) {
    tensors.push_back({"backbone.layer2.0.downsample.0.weight", {4, 2, 1, 1}});
    tensors.push_back({"backbone.layer2.0.downsample.1.weight", {4}});
  }
  return Tree(tensors);
}

TEST(Weights, EveryFormatGivesAFlatStateDict) {
  EXPECT_NE(read_weights(fixture("net.pth")).find("0.weight"), nullptr);
  const auto checkpoint = read_weights(fixture("checkpoint_legacy.pth"));
  EXPECT_EQ(checkpoint.metadata.at("part"), "state_dict");
  EXPECT_NE(checkpoint.find("0.weight"), nullptr);  // without the module. that all names share
  TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", checkpoint);
  EXPECT_EQ(read_weights(folder / "a.safetensors").tensors.size(), checkpoint.tensors.size());
}

// PyTorch's ImageNet example saves its best accuracy as a tensor beside the weights.
TEST(Weights, ATensorBesideTheStateDictIsNotTheWeights) {
  const auto expected = read_weights(fixture("net.pth"));
  for (const auto* name : {"imagenet.pth", "imagenet_legacy.pth"}) {
    const auto weights = read_weights(fixture(name));
    EXPECT_EQ(weights.metadata.at("part"), "state_dict") << name;
    EXPECT_EQ(weights.find("best_acc1"), nullptr) << name;
    ASSERT_EQ(weights.tensors.size(), expected.tensors.size()) << name;
    for (const auto& [key, tensor] : expected.tensors) {
      const auto* found = weights.find(key);  // the names are free of module.
      ASSERT_NE(found, nullptr) << name << " " << key;
      EXPECT_TRUE(at::equal(*found, tensor)) << name << " " << key;
    }
  }
}

TEST(Weights, PublicResnetsOfAllKindsFit) {
  for (const auto* name : {"cifar_b.pth", "torchvision.pth"}) {
    auto model = small_resnet(true);
    const auto report = import_into(model, read_weights(fixture(name)), {true, name});
    EXPECT_TRUE(report.complete()) << report.text();
    EXPECT_EQ(report.matched.size(), 9u);
    const auto parameters = model.named_parameters();
    EXPECT_TRUE(at::equal(parameters["classifier.weight"], counted({10, 4})));
    EXPECT_TRUE(at::equal(parameters["backbone.layer2.0.downsample.0.weight"], counted({4, 2, 1, 1})));
    EXPECT_TRUE(at::equal(model.named_buffers()["backbone.bn1.running_mean"], counted({2})));
  }
  auto model = small_resnet(false);
  EXPECT_TRUE(import_into(model, read_weights(fixture("cifar_a.pth")), {true, ""}).complete());
}

TEST(Weights, AnotherNumberOfClassesIsReportedAndKept) {
  auto model = small_resnet(true, 5);
  const auto report = import_into(model, read_weights(fixture("torchvision.pth")));
  ASSERT_EQ(report.wrong_shape.size(), 2u);
  EXPECT_EQ(report.text(),
            "7 tensors imported (7 under another name)\n"
            "2 of another shape, not imported: fc.weight [10, 4] (needed [5, 4]), fc.bias [10] (needed [5])\n");
  EXPECT_THAT(report.json(), HasSubstr(R"("wanted": [)"));
  EXPECT_EQ(model.named_parameters()["classifier.weight"].sum().item<float>(), 0);
}

TEST(Weights, StrictRefusesAndChangesNothing) {
  auto model = small_resnet(true, 5);
  const auto weights = read_weights(fixture("torchvision.pth"));
  const auto message = message_of<DataError>([&] { import_into(model, weights, {true, "a.pth"}); });
  EXPECT_THAT(message, HasSubstr("a.pth: not all weights fit the model: 7 tensors imported"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(model.named_parameters()["backbone.conv1.weight"].sum().item<float>(), 0);
}

TEST(Weights, WhatBelongsToAnotherModelIsRefused) {
  auto model = small_resnet(true);
  EXPECT_THAT(message_of<DataError>([&] {
                import_into(model, {{}, {{"x", counted({2})}}}, {false, "a.pth"});
              }),
              HasSubstr("a.pth: its only tensor (x) does not belong to the model (backbone.bn1.running_mean, "));
}

TEST(Weights, SetsInOneFlatDictAreNamed) {
  TensorFile flat;
  for (const std::string set : {"teacher.", "student.module."}) {
    flat.tensors.emplace_back(set + "conv1.weight", counted({2, 3, 3, 3}));
    flat.tensors.emplace_back(set + "fc.bias", counted({10}));
    flat.tensors.emplace_back(set + "head.mlp.0.weight", counted({2}));
  }
  flat.tensors.emplace_back("center.value", counted({1, 10}));
  auto model = small_resnet(true);
  const auto refusal = [&] { return message_of<DataError>([&] { import_into(model, flat, {false, "a.pth"}); }); };
  EXPECT_EQ(refusal(),
            "a.pth: none of its 7 tensors belongs to the model, but those below teacher (3 tensors), student (3 "
            "tensors) do; choose one with --key, or take it out: longtail weights import FILE --key teacher --out "
            "NEW.safetensors");
  flat.tensors.erase(flat.tensors.begin() + 3, flat.tensors.end());
  EXPECT_THAT(refusal(), HasSubstr("but those below teacher (3 tensors) do; choose them with --key"));
  flat.by_key = true;
  EXPECT_THAT(refusal(), HasSubstr("choose the model they were trained with"));
}

TEST(Weights, NotesOfTheFileAreReported) {
  auto model = small_resnet(true);
  TensorFile weights{{}, {{"fc.bias", counted({10})}}};
  weights.notes = {"took 'a'"};
  const auto report = import_into(model, weights);
  EXPECT_THAT(report.text(), HasSubstr("\nnote: took 'a'\n"));
  EXPECT_THAT(report.json(), HasSubstr("\"took 'a'\""));
}

TEST(Weights, MissingAndUnexpectedAreReportedAndTypesConverted) {
  auto model = small_resnet(true);
  const auto weights = TensorFile{{}, {{"fc.bias", counted({10}).to(at::kHalf)}, {"other", counted({1})}}};
  const auto report = import_into(model, weights);
  EXPECT_THAT(report.unexpected, ElementsAre("other"));
  EXPECT_EQ(report.missing.size(), 8u);
  EXPECT_THAT(report.text(), HasSubstr("1 tensor imported (1 under another name)\n"));
  EXPECT_TRUE(at::equal(model.named_parameters()["classifier.bias"], counted({10})));
}

TEST(Weights, LiteralNamesWinOverGuesses) {
  auto model = small_resnet(true);
  const auto weights = TensorFile{{}, {{"fc.bias", at::zeros({10})}, {"classifier.bias", counted({10})}}};
  const auto report = import_into(model, weights);
  EXPECT_THAT(report.unexpected, ElementsAre("fc.bias"));
  EXPECT_TRUE(at::equal(model.named_parameters()["classifier.bias"], counted({10})));
}

TEST(Weights, NamesOfOthers) {
  EXPECT_EQ(likely_name("module.linear.weight"), "classifier.weight");
  EXPECT_EQ(likely_name("head.fc.bias"), "classifier.bias");
  EXPECT_EQ(likely_name("layer1.0.shortcut.0.weight"), "backbone.layer1.0.downsample.0.weight");
  EXPECT_EQ(likely_name("backbone.conv1.weight"), "backbone.conv1.weight");
  EXPECT_EQ(likely_name("loss.confusion"), "loss.confusion");
  EXPECT_THAT(possible_names("module.conv1.weight"), Contains("backbone.conv1.weight"));
  EXPECT_EQ(torchvision_name("classifier.bias"), "fc.bias");
  EXPECT_EQ(torchvision_name("backbone.layer1.0.conv1.weight"), "layer1.0.conv1.weight");
  EXPECT_EQ(torchvision_name("loss.confusion"), std::nullopt);
}

TEST(Weights, ExportAndImportAreInverse) {
  const TensorFile ours{{}, {{"backbone.conv1.weight", counted({1})}, {"classifier.bias", counted({2})}}};
  const auto back = to_longtail(to_torchvision(ours));
  EXPECT_EQ(back.tensors[0].first, "backbone.conv1.weight");
  EXPECT_EQ(back.tensors[1].first, "classifier.bias");
}

TEST(Weights, AFolderStandsForItsNewestCheckpoint) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "checkpoints");
  EXPECT_THAT(message_of<DataError>([&] { read_weights(folder.path()); }), HasSubstr("no .safetensors in this folder"));
  for (const auto* name : {"epoch_0001.safetensors", "epoch_0002.safetensors", "epoch_0003.state.safetensors"}) {
    write_safetensors(folder / "checkpoints" / name, {{{"name", name}}, {{"x", counted({1})}}});
  }
  EXPECT_EQ(read_weights(folder.path()).metadata.at("name"), "epoch_0002.safetensors");
}

TEST(Weights, ForeignFilesAreNamed) {
  TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) {
    write_text(folder / "a", bytes);
    return message_of<DataError>([&] { read_weights(folder / "a"); });
  };
  EXPECT_THAT(error(""), HasSubstr("a: is empty"));
  EXPECT_THAT(error("<!DOCTYPE html>"), HasSubstr("the download failed"));
  EXPECT_THAT(error("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(error("\x1f\x8b\x08"), HasSubstr("a: this is compressed by gzip; unpack it with 'gunzip'"));
  EXPECT_THAT(error("hello"), HasSubstr("is no safetensors file and no file of torch.save()"));
}

}  // namespace
}  // namespace longtail

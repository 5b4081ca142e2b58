#include "core/engine/trainable.h"

#include <gtest/gtest.h>

#include <longtail/error.h>

namespace longtail {
namespace {

struct Part : Module {
  Part() { weight = register_parameter("weight", at::zeros({2})); }
  Tensor weight;
};

struct Whole : Module {
  Whole() {
    backbone = register_module("backbone", std::make_shared<Part>());
    classifier = register_module("classifier", std::make_shared<Part>());
  }
  std::shared_ptr<Part> backbone, classifier;
};

TEST(Trainable, AllWithoutPrefixes) {
  Whole module;
  EXPECT_EQ(choose_trainable(module, {}).size(), 2u);
}

TEST(Trainable, OnlyWhatAPrefixNames) {
  Whole module;
  const NamedTensors chosen = choose_trainable(module, {"classifier"});
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].first, "classifier.weight");
  EXPECT_FALSE(module.backbone->weight.requires_grad());
}

TEST(Trainable, FrozenPartsStayInEvaluationMode) {
  Whole module;
  choose_trainable(module, {"classifier"});
  set_training_mode(module);
  EXPECT_FALSE(module.backbone->is_training());
  EXPECT_TRUE(module.classifier->is_training());
}

TEST(Trainable, AMistypedPrefixIsAnError) {
  Whole module;
  try {
    choose_trainable(module, {"clasifier"});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "model.train_only: no parameter starts with 'clasifier' (did you mean 'classifier'?)");
  }
}

}  // namespace
}  // namespace longtail

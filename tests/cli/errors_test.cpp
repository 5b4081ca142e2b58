#include <algorithm>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

class ErrorsCli : public CliTest {};

TEST_F(ErrorsCli, AllMistakesOfAFileAreToldAtOnce) {
  write_file(folder_ / "wrong.yaml",
             "model: {backbone: {type: resnet, depth: twenty}}\n"
             "loss: {type: pcb, alhpa: 0.4}\n"
             "data: {transfrom: cifar}\n"
             "optimizer: {learning_rate: -1}\n"
             "shedule: {epochs: 3}\n");
  const Outcome outcome = run("train wrong.yaml --work-dir run");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 5) << outcome.err;
  for (const char* part : {"wrong.yaml:1:41: error: ", "wrong.yaml:2:19: error: unknown parameter 'alhpa' of loss 'pcb' (did you mean 'alpha'?)",
                           "wrong.yaml:3:8: error: ", "wrong.yaml:4:28: error: ", "(did you mean 'schedule'?)"}) {
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << "\n" << outcome.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(ErrorsCli, MistypedVerbsAndOptionsAreNamed) {
  const auto error = [this](const std::string& command) {
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    return outcome.err;
  };
  EXPECT_EQ(error("trian quick.yaml"), "error: 'longtail' has no verb 'trian' (did you mean 'train'?); `longtail --help` lists them\n");
  EXPECT_EQ(error("train quick.yaml --workdir x --devise cpu"),
            "error: 'longtail train' has no option --workdir (did you mean '--work-dir'?); `longtail train --help` lists them\n"
            "error: 'longtail train' has no option --devise (did you mean '--device'?); `longtail train --help` lists them\n");
  EXPECT_EQ(error("weights imprt x.pth"),
            "error: 'longtail weights' has no verb 'imprt' (did you mean 'import'?); `longtail weights --help` lists them\n");
  EXPECT_NE(error("evaluate --annotations a.json --results b.json --iou mask").find("mask not in"), std::string::npos);
}

TEST_F(ErrorsCli, AnUnknownTypeSaysWhatExistsAndWhereItLooked) {
  const Outcome outcome = run("train quick.yaml --set loss=sofmax");
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("did you mean 'softmax'?"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("lib/longtail/plugins"), std::string::npos) << outcome.err;
}

TEST_F(ErrorsCli, MistakesInAPhaseAreFoundBeforeTraining) {
  write_config("schedule: {epochs: 4, phases: [{until: 2}, {until: 4, set: {loss: {type: pcb, base: sotfmax}}}]}\n");
  const Outcome outcome = run("train quick.yaml --work-dir run");
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("sotfmax"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(ErrorsCli, PhasesMustBeInOrderAndFillTheRun) {
  write_config("schedule: {epochs: 9, phases: [{until: 5}, {until: 4}, {until: 8}]}\n");
  const Outcome outcome = run("config show quick.yaml");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("phase 2 ends at epoch 4, but the one before it ends at 5"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("the last phase ends at epoch 8, but schedule.epochs is 9"), std::string::npos) << outcome.err;
}

TEST_F(ErrorsCli, WhatWouldFailInTheEndFailsAtTheStart) {
  for (const char* wrong : {"--set data.val=nowhere.txt", "--set data.many_above=1 --set data.few_below=9",
                            "--set model.train_only=[clasifier]", "--set data.val="}) {
    const Outcome outcome = run(std::string("train quick.yaml --work-dir run ") + wrong);
    EXPECT_NE(outcome.code, 0) << wrong;
    EXPECT_FALSE(fs::exists(folder_ / "run")) << wrong;
  }
}

TEST_F(ErrorsCli, AMatrixIsNoExperiment) {
  const Outcome outcome = run("train quick/matrix");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("this is a matrix of experiments: longtail matrix quick/matrix"), std::string::npos) << outcome.err;
}

TEST_F(ErrorsCli, EveryVerbOfTheContractExplainsItself) {
  for (const char* verb : {"train", "eval", "matrix", "report", "config show", "config diff", "plugins list",
                           "plugins describe", "new", "data stats", "data browse", "data make-emoji", "evaluate",
                           "weights inspect",
                           "weights import", "weights export", "doctor"}) {
    EXPECT_EQ(run(std::string(verb) + " --help").code, 0) << verb;
  }
}

TEST_F(ErrorsCli, AnUnknownVerbIsAUsageError) { EXPECT_EQ(run("trian quick.yaml").code, 2); }

TEST_F(ErrorsCli, ConfigShowExplainsEveryPlace) {
  write_file(folder_ / "child.yaml", "extends: [./quick]\noptimizer: {learning_rate: 0.2}\n");
  const Outcome outcome = run("config show child.yaml --set optimizer.learning_rate=0.3 --explain optimizer.learning_rate");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"quick.yaml:", "child.yaml:2:", "0.05", "0.2", "0.3"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
  }
}

TEST_F(ErrorsCli, ConfigShowExplainsPhasesAndDefaultsToo) {
  write_config("loss: {type: pcb, alpha: 0.5}\nschedule: {epochs: 4, phases: [{until: 2, name: base, set: {loss: {alpha: 0}}}, "
               "{until: 4}]}\n");
  const Outcome phased = run("config show quick.yaml --explain loss.alpha");
  EXPECT_NE(phased.out.find("in the phase until epoch 2:\n    quick.yaml:"), std::string::npos) << phased.out;
  const Outcome usual = run("config show quick.yaml --explain loss.gamma");
  EXPECT_NE(usual.out.find("loss.gamma = 0.99\n  > <default>"), std::string::npos) << usual.out;
  const Outcome broken = run("config show quick.yaml --set sed=1 --explain loss.alpha");
  EXPECT_EQ(broken.code, 0) << "a mistake elsewhere is when one asks";
  const Outcome unknown = run("config show quick.yaml --explain loss.alpa");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.err, "error: 'loss.alpa' is not set (did you mean 'loss.alpha'?)\n");
}

TEST_F(ErrorsCli, OptionsSayWhatTheyTake) {
  const Outcome seeds = run("train quick.yaml --seed a");
  EXPECT_EQ(seeds.code, 2);
  EXPECT_NE(seeds.err.find("'a' is not a whole number from 0"), std::string::npos) << seeds.err;
  const Outcome place = run("train quick.yaml --plugin-dir .");
  EXPECT_EQ(place.code, 2);
  EXPECT_NE(place.err.find("--plugin-dir stands before the verb"), std::string::npos) << place.err;
}

TEST_F(ErrorsCli, ConfigDiffShowsBothValues) {
  write_file(folder_ / "child.yaml", "extends: [./quick]\noptimizer: {learning_rate: 0.2}\n");
  const Outcome outcome = run("config diff quick.yaml child.yaml");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("- optimizer.learning_rate: 0.05"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("+ optimizer.learning_rate: 0.2"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace longtail::testing

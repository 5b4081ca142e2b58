#include <algorithm>

#include <nlohmann/json.hpp>

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
  for (const char* part : {"wrong.yaml:1:41: error: ",
                           "wrong.yaml:2:19: error: unknown parameter 'alhpa' of loss 'pcb' (did you mean 'alpha'?)",
                           "wrong.yaml:3:8: error: ", "wrong.yaml:4:28: error: ", "(did you mean 'schedule'?)"}) {
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << "\n" << outcome.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(ErrorsCli, MistakesOfTheFileDoNotHideThoseOfTheSchema) {
  write_file(folder_ / "wrong.yaml",
             "loss: {type: pcb, gama: 1, gama: 2}\n"
             "schedule: {epochs: x, phases: [{until: 4}]}\n"
             "data: {train: '${nope.x}', vall: 3}\n"
             "plugin_path: [/nonexist]\n");
  for (const char* verb : {"config show", "train"}) {
    const Outcome outcome = run(std::string(verb) + " wrong.yaml --set foo");
    EXPECT_EQ(outcome.code, 2) << verb;
    EXPECT_EQ(outcome.err,
              "wrong.yaml:1:19: error: unknown parameter 'gama' of loss 'pcb' (did you mean 'gamma'?)\n"
              "wrong.yaml:1:28: error: key 'gama' is given twice, first in line 1, column 19: remove one of them\n"
              "wrong.yaml:2:20: error: 'schedule.epochs' of the experiment must be a whole number, got the text 'x'\n"
              "wrong.yaml:3:15: error: '${nope.x}' refers to nothing\n"
              "wrong.yaml:3:28: error: unknown parameter 'vall' of data (did you mean 'val'?)\n"
              "wrong.yaml:4:15: error: plugin_path: there is no folder /nonexist; correct or remove it\n"
              "--set foo: error: has no '=': write key=value, such as --set optimizer.learning_rate=0.1\n")
        << verb;
  }
}

TEST_F(ErrorsCli, WhatCannotBeReadAtAllIsToldAlone) {
  write_file(folder_ / "wrong.yaml", "extends: ./nothing\nshedule: {epochs: 3}\n");
  const Outcome outcome = run("config show wrong.yaml");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST_F(ErrorsCli, AReferenceThatFailsIsOneFindingWhereverItStands) {
  for (const char* text : {"plugin_path: ['${x}']\ndata: ${x}\nloss: ${x}\nseed: ${x}\nschedule: ${x}\n",
                           "task: ${x}\n"
                           "schedule:\n"
                           "  epochs: ${x}\n"
                           "  phases:\n"
                           "    - {until: '${x}'}\n"
                           "    - {until: 4, set: '${x}'}\n"
                           "    - {until: 5, set: {loss: '${x}'}}\n"}) {
    write_file(folder_ / "wrong.yaml", std::string("extends: ./quick\n") + text);
    const Outcome outcome = run("config show wrong.yaml");
    EXPECT_EQ(outcome.code, 2);
    std::istringstream lines(outcome.err);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_NE(line.find("'${x}' refers to nothing"), std::string::npos) << line;
    }
    EXPECT_EQ(count, 5) << outcome.err;
  }
}

TEST_F(ErrorsCli, ACrashNamesTheFunction) {
  const Outcome outcome = run("plugins check '" LONGTAIL_BAD_PLUGINS "/crashes/crashes.longtail.so'");
  EXPECT_EQ(outcome.code, 128 + SIGSEGV);
  EXPECT_NE(outcome.err.find("reads_from_nowhere"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("error: crashed"), std::string::npos) << outcome.err;
}

TEST_F(ErrorsCli, MistypedVerbsAndOptionsAreNamed) {
  const auto error = [this](const std::string& command) {
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    return outcome.err;
  };
  EXPECT_EQ(error("trian quick.yaml"),
            "error: 'longtail' has no verb 'trian' (did you mean 'train'?); `longtail --help` lists them\n");
  EXPECT_EQ(error("train quick.yaml --workdir x --devise cpu"),
            "error: 'longtail train' has no option --workdir (did you mean '--work-dir'?); `longtail train --help` "
            "lists them\n"
            "error: 'longtail train' has no option --devise (did you mean '--device'?); `longtail train --help` lists "
            "them\n");
  EXPECT_EQ(
      error("weights imprt x.pth"),
      "error: 'longtail weights' has no verb 'imprt' (did you mean 'import'?); `longtail weights --help` lists them\n");
  EXPECT_NE(error("evaluate --annotations a.json --results b.json --iou mask").find("mask not in"), std::string::npos);
}

TEST_F(ErrorsCli, AnUnknownTypeSaysWhatExistsAndWhereItLooked) {
  const Outcome outcome = run("train quick.yaml --set loss=sofmax");
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("did you mean 'softmax'?"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("plugins were looked for in "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("lib/longtail/plugins"), std::string::npos) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST_F(ErrorsCli, ARelativePluginPathStartsAtTheFileThatSaysIt) {
  fs::create_directories(folder_ / "sub/plugins");
  write_file(folder_ / "sub/base.yaml", "extends: ../quick\nplugin_path: [plugins]\n");
  write_file(folder_ / "child.yaml", "extends: ./sub/base\n");
  const std::string there = fs::canonical(folder_ / "sub/plugins").string();
  for (const char* config : {"child.yaml", "child.yaml --set plugin_path=[sub/plugins]"}) {
    const Outcome outcome = run(std::string("config show ") + config);
    EXPECT_NE(outcome.out.find(there), std::string::npos) << config << "\n" << outcome.out << outcome.err;
  }
  const Outcome from_here = run("config show child.yaml --set plugin_path=[plugins]");
  EXPECT_EQ(from_here.code, 2);
  EXPECT_EQ(from_here.err.rfind("--set plugin_path=[plugins]: error: plugin_path: there is no folder ", 0), 0u)
      << from_here.err;
}

TEST_F(ErrorsCli, APluginThatDoesNotLoadIsAWarning) {
  write_file(folder_ / "plugins/foo.longtail.so", "junk");
  fs::copy(LONGTAIL_BAD_PLUGINS "/too_old/too_old.longtail.so", folder_ / "plugins");
  const Outcome outcome = run("--plugin-dir plugins config show quick.yaml");
  EXPECT_EQ(outcome.code, 0);
  const std::string folder = fs::canonical(folder_ / "plugins").string();
  EXPECT_EQ(outcome.err, "warning: " + folder + "/foo.longtail.so: it is not a shared library\nwarning: " + folder +
                             "/too_old.longtail.so: it was built for another longtail; `longtail plugins check FILE` "
                             "says more\n");
  const Outcome listed = run("--plugin-dir plugins plugins list");
  EXPECT_EQ(listed.err, "");
  EXPECT_NE(listed.out.find("foo.longtail.so: it is not a shared library"), std::string::npos) << listed.out;
  const Outcome matrix = run("--plugin-dir plugins matrix --dry-run quick/matrix");
  EXPECT_EQ(std::count(matrix.err.begin(), matrix.err.end(), '\n'), 2) << matrix.err;
}

TEST_F(ErrorsCli, APluginIsNotWrittenWhereNoFolderCanBeMade) {
  const Outcome outcome = run("new loss mine --out /proc/foo");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err,
            "error: cannot make the folder /proc/foo/mine: No such file or directory; name another place with --out\n");
}

TEST_F(ErrorsCli, MistakesInAPhaseAreFoundBeforeTraining) {
  write_config("schedule: {epochs: 4, phases: [{until: 2}, {until: 4, set: {loss: {type: pcb, base: sotfmax}}}]}\n");
  const Outcome outcome = run("train quick.yaml --work-dir run");
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("sotfmax"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(ErrorsCli, ABrokenPhaseHidesNoOther) {
  write_file(folder_ / "phases.yaml",
             "extends: ./quick\n"
             "loss: {type: pcb, alhpa: 1}\n"
             "schedule:\n"
             "  epochs: 8\n"
             "  phases:\n"
             "    - {until: x, set: {loss: {alhpa: 0}}}\n"
             "    - 5\n"
             "    - {until: 3, set: 4}\n"
             "    - {until: 4, ste: {a: 1}, set: {optimizer: {lr: 3}}}\n"
             "    - {until: 8, set: {data: {rot: 1}}}\n");
  const Outcome outcome = run("config show phases.yaml");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(
      outcome.err,
      "phases.yaml:2:19: error: unknown parameter 'alhpa' of loss 'pcb' (did you mean 'alpha'?)\n"
      "phases.yaml:6:15: error: 'schedule.phases[0].until' of the experiment must be a whole number, got the text "
      "'x'\n"
      "phases.yaml:6:31: error: unknown parameter 'alhpa' of loss 'pcb' (did you mean 'alpha'?)\n"
      "phases.yaml:7:7: error: 'schedule.phases[1]' of the experiment must be a map of its parameters, got 5\n"
      "phases.yaml:8:23: error: 'set' of a phase must be a map of what changes, such as {loss: {alpha: 0}}\n"
      "phases.yaml:9:18: error: unknown parameter 'schedule.phases[3].ste' of the experiment (did you mean "
      "'set'?)\n"
      "phases.yaml:9:49: error: unknown parameter 'optimizer.lr' of the experiment (did you mean "
      "'learning_rate'?)\n"
      "phases.yaml:10:31: error: unknown parameter 'rot' of data (did you mean 'root'?)\n");
}

TEST_F(ErrorsCli, WhatAMapLacksIsNotToldAgainForAPhaseThatChangesTheMap) {
  const std::string finding = "paradigm 'iterative': 'step_weights' needs";
  const auto count = [&](const std::string& steps, const std::string& weights) {
    write_config("paradigm: {type: iterative, steps: " + steps + ", step_weights: " + weights +
                 "}\nschedule: {epochs: 4, phases: [{until: 2, set: {paradigm: {steps: 2}}}, {until: 4}]}\n");
    const std::string told = run("config show quick.yaml").err;
    int found = 0;
    for (std::size_t at = told.find(finding); at != std::string::npos; at = told.find(finding, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("3", "[1]"), 1);
  EXPECT_EQ(count("3", "[1, 1, 1]"), 1) << "a mistake of the phase alone";
  EXPECT_EQ(count("2", "[1, 1]"), 0);
}

TEST_F(ErrorsCli, PhasesMustBeInOrderAndFillTheRun) {
  write_config("schedule: {epochs: 9, phases: [{until: 5}, {until: 4}, {until: 8}]}\n");
  const Outcome outcome = run("config show quick.yaml");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("phase 2 ends at epoch 4, but the one before it ends at 5"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("the last phase ends at epoch 8, but schedule.epochs is 9"), std::string::npos)
      << outcome.err;
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
  EXPECT_NE(outcome.err.find("this is a matrix of experiments: longtail matrix quick/matrix"), std::string::npos)
      << outcome.err;
}

TEST_F(ErrorsCli, EveryVerbOfTheContractExplainsItself) {
  for (const char* verb : {"train", "eval", "matrix", "report", "config show", "config diff", "plugins list",
                           "plugins describe", "new", "data stats", "data browse", "data make-emoji", "evaluate",
                           "weights inspect", "weights import", "weights export", "doctor"}) {
    EXPECT_EQ(run(std::string(verb) + " --help").code, 0) << verb;
  }
}

TEST_F(ErrorsCli, AnUnknownVerbIsAUsageError) { EXPECT_EQ(run("trian quick.yaml").code, 2); }

TEST_F(ErrorsCli, ConfigShowExplainsEveryPlace) {
  write_file(folder_ / "child.yaml", "extends: [./quick]\noptimizer: {learning_rate: 0.2}\n");
  const Outcome outcome =
      run("config show child.yaml --set optimizer.learning_rate=0.3 --explain optimizer.learning_rate");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"quick.yaml:", "child.yaml:2:", "0.05", "0.2", "0.3"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << outcome.out;
  }
}

TEST_F(ErrorsCli, ConfigShowExplainsPhasesAndDefaultsToo) {
  write_config(
      "loss: {type: pcb, alpha: 0.5}\nschedule: {epochs: 4, phases: [{until: 2, name: base, set: {loss: {alpha: 0}}}, "
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

TEST_F(ErrorsCli, ConfigShowExplainsInJson) {
  write_config(
      "loss: {type: pcb, alpha: 0.5}\nschedule: {epochs: 4, phases: [{until: 2, set: {loss: {alpha: 0}}}, {until: "
      "4}]}\n");
  const Outcome outcome = run("config show quick.yaml --set loss.alpha=0.6 --explain loss.alpha --json");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto told = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(told["key"], "loss.alpha");
  ASSERT_EQ(told["places"].size(), 2u);
  EXPECT_EQ(told["places"][0]["value"], "0.5");
  EXPECT_EQ(told["places"][0]["wins"], false);
  EXPECT_EQ(told["places"][1]["place"], "--set loss.alpha=0.6");
  EXPECT_EQ(told["places"][1]["wins"], true);
  ASSERT_EQ(told["phases"].size(), 1u);
  EXPECT_EQ(told["phases"][0]["until"], 2);
  EXPECT_EQ(told["phases"][0]["value"], "0");
}

TEST_F(ErrorsCli, OptionsSayWhatTheyTake) {
  const Outcome seeds = run("train quick.yaml --seed a");
  EXPECT_EQ(seeds.code, 2);
  EXPECT_NE(seeds.err.find("'a' is not a whole number from 0"), std::string::npos) << seeds.err;
}

TEST_F(ErrorsCli, ConfigDiffShowsBothValues) {
  write_file(folder_ / "child.yaml", "extends: [./quick]\noptimizer: {learning_rate: 0.2}\n");
  const Outcome outcome = run("config diff quick.yaml child.yaml");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("- optimizer.learning_rate: 0.05"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("+ optimizer.learning_rate: 0.2"), std::string::npos) << outcome.out;
  const auto rows = nlohmann::json::parse(run("config diff quick.yaml child.yaml --json").out);
  EXPECT_EQ(rows.dump(), R"([{"key":"optimizer.learning_rate","left":0.05,"right":0.2}])");
}

TEST_F(ErrorsCli, ConfigDiffOfOneShowsWhatIsNotTheDefault) {
  write_config("loss: {type: pcb}\nseed: 0\n");
  const Outcome outcome = run("config diff quick.yaml");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* line : {"- optimizer.learning_rate: 0.1  # <default>\n",
                           "+ optimizer.learning_rate: 0.05  # quick.yaml:", "- loss: {type: softmax",
                           "+ loss: {type: pcb, base: {type: softmax", "+ data.train: "}) {
    EXPECT_NE(outcome.out.find(line), std::string::npos) << line << outcome.out;
  }
  for (const char* unchanged : {"seed", "name", "task", "momentum"}) {
    EXPECT_EQ(outcome.out.find(unchanged), std::string::npos) << unchanged << outcome.out;
  }
}

}  // namespace
}  // namespace longtail::testing

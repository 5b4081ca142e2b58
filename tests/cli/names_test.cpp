#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

/// Names that become folders, names that are no UTF-8, and configurations of strangers.
class NamesCli : public CliTest {};

TEST_F(NamesCli, OfARunLeadNowhereElse) {
  write_config(kFourEpochs);
  const std::string long_name(300, 'n');
  for (const std::string& name :
       {std::string("../../x"), std::string("../x"), std::string("/tmp/longtail_name_test"), std::string("''"),
        std::string(".."), std::string("."), std::string("a/b"), std::string("\"a\\nb\""), long_name}) {
    write_file(folder_ / "below/named.yaml", "extends: ../quick\nname: " + name + "\n");
    const Outcome outcome = run("train below/named.yaml --limit-batches 1");
    EXPECT_EQ(outcome.code, 2) << name << "\n" << outcome.err;
    EXPECT_EQ(outcome.err.rfind("below/named.yaml:2:7: error: the name '", 0), 0u) << outcome.err;
    EXPECT_NE(outcome.err.find("--work-dir"), std::string::npos) << outcome.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "work_dirs"));
  EXPECT_FALSE(fs::exists(folder_ / "x"));
  EXPECT_FALSE(fs::exists("/tmp/longtail_name_test"));
  // Where a folder is named, the name is a label.
  write_file(folder_ / "named.yaml", "extends: ./quick\nname: ../../x\n");
  EXPECT_EQ(run("train named.yaml --limit-batches 1 --work-dir run").code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(NamesCli, OfAMatrixAndItsRowsStayInTheWorkFolder) {
  write_file(
      folder_ / "sweep.yaml",
      "name: ../../up\nextends: ./quick\naxes: [{label: ../../x, set: {loss: softmax}}, {label: /abs, set: {}}]\n");
  const Outcome outcome = run("matrix --dry-run --json sweep.yaml --work-dir w");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const auto& row : nlohmann::json::parse(outcome.out)) {
    EXPECT_EQ(row["table"], "up");
    EXPECT_EQ(row["config"]["name"].get<std::string>().find('/'), std::string::npos);
  }
}

TEST_F(NamesCli, ThatAreNoUtf8WorkOrAreRefusedInTrueWords) {
  write_config(kFourEpochs);
  const std::string bytes = "caf\xE9";
  // As names of files and folders they work.
  const std::string train = "train quick.yaml --limit-batches 1 --work-dir '" + bytes + "'";
  Outcome outcome = run(train);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(folder_ / bytes / "result.json"));
  EXPECT_EQ(run(train + " --resume").code, 0);
  fs::copy_file(folder_ / "quick.yaml", folder_ / (bytes + ".yaml"));
  outcome = run("train '" + bytes + ".yaml' --limit-batches 1");  // its name would be that of the run's folder
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("name"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("caf\\xe9"), std::string::npos) << outcome.err;
  // In a configuration they cannot stand.
  for (const std::string& wrong : {"train quick.yaml --set 'data.root=/" + bytes + "'",
                                   std::string("train quick.yaml --set 'data.root=${env:LONGTAIL_TEST_BYTES}'")}) {
    ::setenv("LONGTAIL_TEST_BYTES", ("/" + bytes).c_str(), 1);
    outcome = run(wrong + " --work-dir third");
    EXPECT_EQ(outcome.code, 2) << wrong;
    EXPECT_NE(outcome.err.find("UTF-8"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("json.exception"), std::string::npos) << outcome.err;
  }
  // In lists and folders they are files like all.
  write_file(folder_ / "list.txt", bytes + ".jpg 0\n");
  for (const char* form : {"", " --json"}) {
    outcome = run(std::string("data stats list.txt --per-class") + form);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  // Names of classes are text, which tables and JSON hold.
  write_file(folder_ / "names.txt", bytes + "\n");
  outcome = run("data stats list.txt --per-class --class-names names.txt");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("line 1 is not UTF-8; save it as UTF-8"), std::string::npos) << outcome.err;
  for (const char* form : {"", " --json"}) {
    outcome = run("weights inspect '" + bytes + "'" + form);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  for (const std::string& missing : {"evaluate --json --annotations '" + bytes + "' --results x",
                                     "predict quick.yaml --weights '" + bytes + "' '" + bytes + ".jpg' --out o"}) {
    outcome = run(missing);
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE(outcome.err.find("caf\\xe9"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("json.exception"), std::string::npos) << outcome.err;
  }
}

TEST_F(NamesCli, APluginPathOfAStrangerCanBeRefused) {
  const fs::path stranger = folder_ / "stranger";
  fs::create_directories(stranger);
  fs::copy_file(LONGTAIL_BAD_PLUGINS "/exits_entry/exits_entry.longtail.so", stranger / "e.longtail.so");
  write_file(folder_ / "theirs.yaml", "extends: ./quick\nplugin_path: [stranger]\n");
  write_file(folder_ / "matrix.yaml", "extends: ./theirs\naxes: {loss: [softmax]}\n");
  for (const char* verb : {"config show theirs.yaml", "config diff theirs.yaml", "train theirs.yaml --work-dir run",
                           "eval theirs.yaml --weights x.pth", "predict theirs.yaml --weights x.pth a.jpg --out o",
                           "weights import x.pth --config theirs.yaml --out o.safetensors",
                           "data browse --config theirs.yaml --out o.png", "matrix --dry-run matrix.yaml"}) {
    const Outcome loaded = run(verb);
    EXPECT_EQ(loaded.code, 3) << verb << "\n" << loaded.err;
    const Outcome refused = run(std::string("--no-plugin-path ") + verb);
    EXPECT_EQ(refused.code, 2) << verb << "\n" << refused.err;
    EXPECT_EQ(
        refused.err.rfind("theirs.yaml:2:14: error: --no-plugin-path refuses the plugin_path of a configuration", 0),
        0u)
        << refused.err;
  }
  EXPECT_EQ(run("config show quick.yaml --no-plugin-path").code, 0);
}

TEST_F(NamesCli, ThePlainProgramPrintsItsHelp) {
  const Outcome plain = run("");
  EXPECT_EQ(plain.code, 0);
  EXPECT_EQ(plain.err, "");
  EXPECT_EQ(plain.out, run("--help").out);
  EXPECT_NE(plain.out.find("train"), std::string::npos);
}

}  // namespace
}  // namespace longtail::testing

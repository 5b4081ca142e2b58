#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

const std::string kNasty =
    "a\nerror: forged \x1b[2J\x1b]0;title\x07\xC2\x9B"
    "31m\xE2\x80\xAE.x";

/// Names, keys and labels of others reach the terminal as text, on the line where they are told.
class ForeignTextCli : public CliTest {
 protected:
  Outcome tame(const std::string& arguments) {
    const Outcome outcome = run(arguments);
    for (const std::string* text : {&outcome.out, &outcome.err}) {
      EXPECT_EQ(("\n" + *text).find("\nerror: forged"), std::string::npos) << arguments << "\n" << *text;
      for (const char* bad : {"\x1b", "\x07", "\r", "\xC2\x9B", "\xE2\x80\xAE"}) {
        EXPECT_EQ(text->find(bad), std::string::npos) << arguments << "\n" << *text;
      }
    }
    return outcome;
  }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }
};

TEST_F(ForeignTextCli, NamesOfFilesOnTheCommandLine) {
  const std::string name = quoted(kNasty);
  for (const std::string& arguments :
       {"train " + name, "config show " + name, "evaluate --annotations " + name + " --results " + name,
        "data stats " + name, "data stats " + name + ".json", "weights inspect " + name, "report " + name,
        "plugins check " + name, "plugins describe " + name, "--plugin-dir " + name + " plugins list", "matrix " + name,
        "eval quick.yaml --weights " + name, "new loss " + name, name, "train --" + name,
        "train quick.yaml --set " + name, "train quick.yaml --set " + quoted("data.x=" + kNasty),
        "config show quick.yaml --explain " + name, "predict quick.yaml --weights x.pth " + name + " --out o"}) {
    const Outcome outcome = tame(arguments);
    EXPECT_NE(outcome.code, 0) << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
  }
}

TEST_F(ForeignTextCli, NamesOfFilesInFolders) {
  write_file(folder_ / "plugins" / ("p" + kNasty + ".longtail.so"), "junk");
  EXPECT_EQ(tame("--plugin-dir plugins plugins list").code, 0);
  EXPECT_EQ(tame("--plugin-dir plugins config show quick.yaml").code, 0);
  tame("--plugin-dir plugins doctor --no-measure");
  fs::create_directories(folder_ / kNasty);
  fs::copy_file(folder_ / "quick.yaml", folder_ / kNasty / "c.yaml");
  EXPECT_EQ(tame("config show " + quoted(kNasty + "/c.yaml") + " --explain data.root").code, 0);
  EXPECT_EQ(tame("config diff " + quoted(kNasty + "/c.yaml")).code, 0);
}

TEST_F(ForeignTextCli, KeysAndValuesOfYaml) {
  const std::string text = "\"k\\nerror: forged\\x1b[2J\\x9b\\u202e\"";
  write_file(folder_ / "keys.yaml", "extends: ./quick\n" + text + ": 1\ndata: {" + text + ": 2}\nloss: " + text +
                                        "\nseed: " + text + "\nmodel: ${" + "x}\nname: " + text + "\n");
  EXPECT_EQ(tame("config show keys.yaml").code, 2);
  tame("config show keys.yaml --as-written");
  tame("config show keys.yaml --as-written --json");
  tame("config diff keys.yaml quick.yaml");
  write_file(folder_ / "sweep.yaml",
             "extends: ./quick\ntitle: " + text + "\naxes: [{label: " + text + ", set: {seed: 0}}]\n");
  tame("matrix --dry-run sweep.yaml");
  write_file(folder_ / "sweep.yaml",
             "extends: ./quick\ntitle: " + text + "\naxes: [{label: " + text + ", set: {loss: softmax}}]\n");
  EXPECT_EQ(tame("matrix --dry-run sweep.yaml").code, 0);
  EXPECT_EQ(tame("matrix --dry-run --json sweep.yaml").code, 0);
}

TEST_F(ForeignTextCli, LabelsAndNamesInData) {
  nlohmann::json annotations;
  annotations["images"].push_back({{"id", 1}, {"width", 8}, {"height", 8}, {"file_name", kNasty}});
  annotations["categories"].push_back({{"id", 1}, {"name", kNasty}, {"frequency", "r"}});
  annotations["annotations"].push_back(
      {{"id", 1}, {"image_id", 1}, {"category_id", 1}, {"bbox", {0, 0, 4, 4}}, {"area", 16}, {"iscrowd", 0}});
  write_file(folder_ / "a.json", annotations.dump());
  EXPECT_EQ(tame("data stats a.json --per-class").code, 0);
  EXPECT_EQ(tame("data stats a.json --json").code, 0);
  write_file(folder_ / "list.txt", "x\x1b[2J.jpg 0\ny\x1b[2J.jpg zero\n");
  EXPECT_EQ(tame("data stats list.txt").code, 4);
  write_file(folder_ / "good.txt", "x.jpg 0\n");
  write_file(folder_ / "names.txt", "c\x1b[2J\xC2\x9B\n");
  EXPECT_EQ(tame("data stats good.txt --per-class --class-names names.txt").code, 0);
  EXPECT_EQ(tame("data stats good.txt --json --class-names names.txt").code, 0);
}

TEST_F(ForeignTextCli, NamesOfTensors) {
  nlohmann::json tensors;
  tensors[kNasty] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {0, 4}}};
  tensors["__metadata__"][kNasty] = kNasty;
  const std::string header = tensors.dump();
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size() & 0xFF);
  bytes[1] = static_cast<char>(header.size() >> 8);
  write_file(folder_ / "w.safetensors", bytes + header + std::string(4, '\0'));
  EXPECT_EQ(tame("weights inspect w.safetensors").code, 0);
  EXPECT_EQ(tame("weights inspect w.safetensors --json").code, 0);
  tame("weights import w.safetensors --config quick.yaml --out o.safetensors");
  tame("eval quick.yaml --weights w.safetensors");
}

TEST_F(ForeignTextCli, OfARunInItsLog) {
  write_config(kFourEpochs);
  write_file(folder_ / "named.yaml", "extends: ./quick\nname: \"r\\nerror: forged\\x1b[2J\"\n");
  EXPECT_EQ(tame("train named.yaml --work-dir run --limit-batches 1").code, 0);
  const std::string log = read_file(folder_ / "run/log.txt");
  EXPECT_EQ(log.find('\x1b'), std::string::npos);
  EXPECT_EQ(log.find("\nerror: forged"), std::string::npos) << log;
}

}  // namespace
}  // namespace longtail::testing

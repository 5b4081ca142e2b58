#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/cli/command.h"
#include "tests/support/exif_pictures.h"

namespace longtail::testing {
namespace {

using nlohmann::json;

std::string oracle_picture(const std::string& name) {
  return read_file(fs::path(LONGTAIL_SOURCE_DIR) / "tests/oracle/data" / name);
}

/// Pictures of a classification set as people have them.
class PicturesCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    fs::copy(data(), folder_ / "root", fs::copy_options::recursive);
    list_ = read_file(data() / "train.txt");
  }
  Outcome train(const std::string& list, const std::string& more = "") {
    write_file(folder_ / "list.txt", list);
    fs::remove_all(folder_ / "run");
    return run(
        "train quick.yaml --work-dir run --limit-batches 1 --set schedule.epochs=1 --set data.root=root --set "
        "data.train=list.txt " +
        more);
  }

  std::string list_;
};

TEST_F(PicturesCli, EveryListedPictureIsLookedForBeforeTraining) {
  const Outcome outcome = train(list_ + "train/none.png 0\ntrain\\none.png 1\n");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("list.txt: 2 of "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("images cannot be opened: root/train/none.png (No such file or directory), "
                             "root/train\\none.png (there is none with back slashes"),
            std::string::npos)
      << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "run" / "checkpoints"));
  EXPECT_EQ(train(list_ + "train/none.png 0\n", "--set data.bad_image=skip").code, 0);
}

TEST_F(PicturesCli, AbsoluteNamesAndBackSlashesTrain) {
  std::istringstream lines(list_);
  std::string changed;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    if (++number % 2 == 0) {
      changed += (folder_ / "root" / line).string() + "\n";
    } else {
      std::replace(line.begin(), line.end(), '/', '\\');
      changed += line + "\n";
    }
  }
  const Outcome outcome = train(changed);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(PicturesCli, LabelsFromOneAndAFarTooLargeTransformAreWarnedOf) {
  std::istringstream lines(list_);
  std::string from_one;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.rfind(' ');
    from_one += line.substr(0, blank) + " " + std::to_string(1 + std::stoi(line.substr(blank))) + "\n";
  }
  write_file(folder_ / "from_one.txt", from_one);
  const Outcome stats = run("data stats from_one.txt");
  EXPECT_NE(stats.err.find("warning: from_one.txt: the smallest label is 1"), std::string::npos) << stats.err;
  const Outcome outcome = train(from_one, "--set data.val=from_one.txt --set 'data.transform={type: cifar, size: 64}'");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: list.txt: the smallest label is 1"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: list.txt: images with a short side of 16 pixels are scaled up to 64, 4.0 times"),
            std::string::npos)
      << outcome.err;
  const Outcome usual = train(list_);
  EXPECT_EQ(usual.err.find("scaled up"), std::string::npos) << usual.err;
  EXPECT_EQ(usual.err.find("smallest label"), std::string::npos) << usual.err;
}

TEST_F(PicturesCli, BoundsAreParameters) {
  const Outcome outcome = train(list_, "--set data.max_pixels=200");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.err.find("16 x 16 pixels are too many: data.max_pixels is 200"), std::string::npos) << outcome.err;
}

TEST_F(PicturesCli, CheckReadsAllAndEndsWithFourWhereSomethingIsBroken) {
  const std::string options = " --set data.root=root --set data.train=list.txt";
  write_file(folder_ / "list.txt", list_);
  const Outcome good = run("data check quick.yaml" + options);
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_NE(good.out.find("Nothing is broken."), std::string::npos) << good.out;
  const std::string first = list_.substr(0, list_.find(' '));
  const std::string test = read_file(data() / "test.txt");
  fs::copy_file(folder_ / "root" / test.substr(0, test.find(' ')), folder_ / "root/leak.png");
  fs::copy_file(folder_ / "root" / first, folder_ / "root/copy.png");
  write_file(folder_ / "root/broken.png", "no picture");
  write_file(folder_ / "list.txt", list_ + "leak.png 0\ncopy.png 4\nbroken.png 1\nnone.png 2\n");
  const Outcome bad = run("data check quick.yaml --json" + options);
  EXPECT_EQ(bad.code, 4) << bad.err;
  const json report = json::parse(bad.out);
  EXPECT_EQ(report["broken"], true);
  const json& split = report["splits"][0];
  EXPECT_EQ(split["split"], "train");
  ASSERT_EQ(split["broken"].size(), 2u);
  EXPECT_EQ(split["broken"][0]["picture"], "broken.png");
  EXPECT_EQ(split["broken"][1], (json{{"picture", "none.png"}, {"what", "cannot be read: No such file or directory"}}));
  bool found = false;
  for (const json& same : split["duplicates"]) found |= same["pictures"] == json{first, "copy.png"};
  EXPECT_TRUE(found) << split["duplicates"];
  found = false;
  for (const json& leak : report["leaks"]) found |= leak["pictures"][0] == "train: leak.png";
  EXPECT_TRUE(found) << report["leaks"];
  const Outcome table = run("data check quick.yaml" + options);
  EXPECT_EQ(table.code, 4);
  for (const char* text :
       {"pictures that cannot be used", "pictures of the same content", "pictures that are in two"}) {
    EXPECT_NE(table.out.find(text), std::string::npos) << table.out;
  }
  EXPECT_EQ(run("data check").code, 2);
  EXPECT_EQ(run("data check quick.yaml --root x").code, 2);
}

TEST_F(PicturesCli, CheckReadsTheClassNamesAsTrainingDoes) {
  const std::string options = " --set data.class_names=names.txt";
  const std::string check = "data check quick.yaml" + options;
  const std::string start = "train quick.yaml --work-dir run --limit-batches 1 --set schedule.epochs=1" + options;
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"a\nb\nc\n", "names.txt: 3 class names for 5 classes"},
           {"[\"a\", \"b\", \"c\", \"d\", \"e\"]", "names.txt: 1 class name for 5 classes"},
           {std::string("\xff\xfe"
                        "a\0\n\0",
                        6),
            "this is text in UTF-16; save it as UTF-8"},
           {"a\nb\nc\nd\ncaf\xe9\n", "line 5 is not UTF-8; save it as UTF-8"}}) {
    write_file(folder_ / "names.txt", text);
    const Outcome outcome = run(check);
    EXPECT_EQ(outcome.code, 4) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find(told), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find("Nothing is broken"), std::string::npos) << outcome.out;
    const json report = json::parse(run(check + " --json").out);
    EXPECT_EQ(report["broken"], true);
    EXPECT_NE(report["class_names"]["broken"].get<std::string>().find(told), std::string::npos) << report;
    const Outcome trained = run(start);
    EXPECT_EQ(trained.code, 4) << trained.err;
    EXPECT_NE(trained.err.find(told), std::string::npos) << trained.err;
    fs::remove_all(folder_ / "run");
  }
  write_file(folder_ / "names.txt", "a\nb\nx\nc\nx\n");
  const Outcome twice = run(check);
  EXPECT_EQ(twice.code, 0) << twice.out;
  const std::string doubt = "names.txt: class names 2 and 4 are both 'x'";
  EXPECT_NE(twice.out.find(doubt), std::string::npos) << twice.out;
  EXPECT_EQ(json::parse(run(check + " --json").out)["broken"], false);
  const Outcome trained = run(start);
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.err.find("warning: " + doubt), std::string::npos) << trained.err;
}

TEST_F(PicturesCli, CheckOfAnnotationsComparesSizesOfTheUprightPicture) {
  write_file(folder_ / "img/1.jpg", jpeg_with_exif(oracle_picture("input_420.jpg"), 6, true));  // stored: 61 x 47
  const auto annotations = [&](int width, int height) {
    json all;
    all["images"] = json::array();
    all["images"].push_back({{"id", 1}, {"file_name", "img\\1.jpg"}, {"width", width}, {"height", height}});
    all["categories"] = json::array();
    all["categories"].push_back({{"id", 1}, {"name", "cat"}});
    all["annotations"] = json::array();
    write_file(folder_ / "a.json", all.dump());
  };
  annotations(47, 61);
  const Outcome good = run("data check --annotations a.json --root .");
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_NE(good.out.find("1 picture is turned by its EXIF orientation"), std::string::npos) << good.out;
  annotations(61, 47);
  const Outcome stored = run("data check --annotations a.json --root .");
  EXPECT_EQ(stored.code, 4) << stored.out;
  EXPECT_NE(stored.out.find("--exif-orientation false"), std::string::npos) << stored.out;
  EXPECT_EQ(run("data check --annotations a.json --root . --exif-orientation false").code, 0);
}

TEST_F(PicturesCli, PredictEntersFoldersAndLeavesOutWhatCannotBeRead) {
  ASSERT_EQ(train(list_).code, 0);
  for (const char* name : {"p/a.png", "p/june/a.png", "p/june/2/b.PNG", "p/.hidden/c.png", "p/._a.png"}) {
    write_file(folder_ / name, oracle_picture("input.png"));
  }
  const std::string predict = "predict quick.yaml --weights run ";
  const Outcome outcome = run(predict + "p --out p/found");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string csv = read_file(folder_ / "p/found/predictions.csv");
  for (const char* name : {"\np/a.png,1,", "\np/june/a.png,1,", "\np/june/2/b.PNG,1,"}) {
    EXPECT_NE(csv.find(name), std::string::npos) << csv;
  }
  EXPECT_EQ(csv.find("hidden"), std::string::npos);
  EXPECT_EQ(csv.find("._a"), std::string::npos);
  write_file(folder_ / "p/june/broken.png", oracle_picture("input.png").substr(0, 100));
  EXPECT_EQ(run(predict + "p --out out").code, 4);
  const Outcome skipped = run(predict + "p --out out --set data.bad_image=skip");
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_NE(skipped.err.find("warning: left out: p/june/broken.png: truncated PNG"), std::string::npos) << skipped.err;
  EXPECT_NE(skipped.err.find("warning: 1 of 4 pictures left out"), std::string::npos) << skipped.err;
  EXPECT_EQ(run(predict + "p/june/broken.png --out out --set data.bad_image=skip").code, 4);
}

}  // namespace
}  // namespace longtail::testing

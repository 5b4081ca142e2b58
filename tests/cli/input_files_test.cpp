#include <sys/stat.h>

#include "tests/cli/command.h"

namespace longtail::testing {
namespace {

/// What a pipe that nobody writes to does to each reader. A program that waits for it is killed after a while.
class InputFilesCli : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    ASSERT_EQ(mkfifo((folder_ / "pipe.json").c_str(), 0600), 0);
    ASSERT_EQ(mkfifo((folder_ / "pipe.yaml").c_str(), 0600), 0);
  }

  void expect_named(const std::string& arguments, int code, const std::string& told) {
    const std::string command = "cd '" + folder_.string() + "' && timeout 20 '" LONGTAIL_BINARY "' " + arguments +
                                " >stdout.txt 2>stderr.txt </dev/null";
    const int status = std::system(command.c_str());
    const std::string err = without_notes(read_file(folder_ / "stderr.txt"));
    EXPECT_EQ(WEXITSTATUS(status), code) << arguments << '\n' << err;
    EXPECT_NE(err.find(told), std::string::npos) << arguments << '\n' << err;
  }
};

TEST_F(InputFilesCli, APipeOrADeviceIsNamedByEveryReader) {
  const std::string train = "train quick.yaml --work-dir run --limit-batches 1 --set ";
  const std::string pipe = "this is a pipe, not a regular file";
  expect_named("data stats pipe", 4, "pipe: the image list cannot be read: " + pipe);
  expect_named("data stats /dev/zero", 4, "this is a device, not a regular file");
  expect_named(train + "data.train=pipe", 4, pipe);
  expect_named(train + "data.class_names=pipe", 4, "pipe: the file of class names cannot be read: " + pipe);
  expect_named(train + "model.init=pipe", 4, pipe);
  expect_named("data stats pipe.json", 4, "pipe.json: cannot read the file: " + pipe);
  expect_named("evaluate --annotations pipe.json --results pipe.json", 4, pipe);
  expect_named("config show pipe.yaml", 2, "pipe.yaml: error: " + pipe);
  write_file(folder_ / "extends.yaml", "extends: ./pipe.yaml\n");
  expect_named("config show extends.yaml", 2, pipe);
  expect_named("matrix pipe.yaml --dry-run", 2, pipe);
  expect_named("weights inspect pipe", 4, pipe);
  expect_named("eval quick.yaml --weights pipe", 4, pipe);
  expect_named("predict quick.yaml --weights nowhere pipe --out found", 4, "pipe: " + pipe);
  expect_named("data make-emoji --task instance_segmentation --out made --categories pipe", 4, pipe);
  expect_named("data make-emoji --out made --font pipe", 4, pipe);
}

TEST_F(InputFilesCli, APipeAmongThePicturesIsABrokenPicture) {
  write_file(folder_ / "list.txt", "pipe 0\n" + read_file(data() / "train.txt"));
  fs::copy(data(), folder_ / "root", fs::copy_options::recursive);
  fs::rename(folder_ / "pipe", folder_ / "root" / "pipe");
  const std::string settings = " --set data.train=list.txt --set data.root=root --set schedule.epochs=1 ";
  expect_named("train quick.yaml --work-dir stops" + settings, 4,
               "images cannot be opened: root/pipe (this is a pipe, not a regular file)");
  expect_named("train quick.yaml --work-dir skips --set data.bad_image=skip" + settings, 0, "this is a pipe");
}

// There is no list to take it off, and a setting only where there is a configuration.
TEST_F(InputFilesCli, APipeAmongNamedPicturesIsToldWithWhatCanBeDone) {
  fs::create_directories(folder_ / "folder");
  fs::rename(folder_ / "pipe", folder_ / "folder" / "pipe.png");
  const std::string broken = "folder/pipe.png: cannot be read: this is a pipe, not a regular file; replace the file, ";
  ASSERT_EQ(run("train quick.yaml --work-dir run --limit-batches 1 --set schedule.epochs=1").code, 0);
  expect_named("predict quick.yaml --weights run folder --out found", 4,
               broken + "take it away, or leave such pictures out with '--set data.bad_image=skip'\n");
  expect_named("data make-emoji --task instance_segmentation --out made --backgrounds folder", 4,
               broken + "or take it out of the folder\n");
}

}  // namespace
}  // namespace longtail::testing

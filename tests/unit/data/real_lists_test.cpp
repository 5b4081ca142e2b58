#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/data/class_stats.h"
#include "core/data/image_list.h"

namespace longtail {
namespace {

/// Lists of real sets; a machine without them skips these tests.
class RealLists : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("LONGTAIL_TEST_DATA");
    if (folder == nullptr || !std::filesystem::exists(std::string(folder) + "/cifar10_lt100_train.txt")) {
      GTEST_SKIP() << "LONGTAIL_TEST_DATA does not name a folder with the lists";
    }
    folder_ = folder;
  }
  std::string folder_;
};

// n_i = floor(5000 * 0.01^(i / 9)).
TEST_F(RealLists, CifarTenLongTailed) {
  const ImageList list = read_image_list(folder_ + "/cifar10_lt100_train.txt");
  EXPECT_EQ(list.size(), 12406);
  std::vector<std::int64_t> counts(10);
  for (const std::int64_t label : list.labels) ++counts[static_cast<std::size_t>(label)];
  EXPECT_EQ(counts, (std::vector<std::int64_t>{5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50}));
}

// ImageNet-LT: 385 many, 479 medium and 136 few-shot classes, 115,846 images.
TEST_F(RealLists, ImageNetLongTailedSplits) {
  std::ifstream stream(folder_ + "/lvis_stats/imagenet_lt_counts.csv");
  std::vector<std::int64_t> counts;
  std::string line;
  std::getline(stream, line);  // header
  while (std::getline(stream, line)) counts.push_back(std::stoll(line.substr(line.find(',') + 1)));
  const ClassStats stats = class_stats(counts, 100, 20);
  EXPECT_EQ(stats.images, 115846);
  EXPECT_EQ(stats.many.classes, 385);
  EXPECT_EQ(stats.medium.classes, 479);
  EXPECT_EQ(stats.few.classes, 136);
}

}  // namespace
}  // namespace longtail

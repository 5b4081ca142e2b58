#include <gmock/gmock.h>
#include <longtail/error.h>

#include <cmath>
#include <map>
#include <numeric>

#include "core/data/class_stats.h"
#include "core/data/image_list.h"
#include "core/draw/canvas.h"
#include "core/emoji/categories.h"
#include "core/emoji/classification_set.h"
#include "tests/support/picture_folder.h"
#include "tests/unit/emoji/emoji_set_test.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_bytes;
using testing::TempFolder;

TEST(EmojiCategories, GroupsOfFiveWithNamesOfTheirOwn) {
  const auto& categories = emoji_categories();
  ASSERT_EQ(categories.size(), 60u);
  std::map<std::string, int> names, groups;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    ++names[categories[i].name];
    ++groups[categories[i].group];
    EXPECT_EQ(categories[i].group, categories[i / 5 * 5].group);
  }
  EXPECT_EQ(names.size(), 60u);
  EXPECT_EQ(groups.size(), 12u);
}

TEST(LongTailedCounts, FallGeometricallyAndSpreadOverTheGroups) {
  EXPECT_THAT(long_tailed_counts(10, 5000, 100), ElementsAre(5000, 1796, 645, 232, 83, 2997, 1077, 387, 139, 50));
  EXPECT_THAT(long_tailed_counts(3, 10, 1), Each(10));
  EXPECT_THAT(long_tailed_counts(2, 3, 1000), ElementsAre(3, 1));
}

TEST(ClassStats, SplitsByCount) {
  const ClassStats stats = class_stats({500, 101, 100, 20, 19, 1, 0});
  EXPECT_EQ(stats.images, 741);
  EXPECT_EQ(stats.classes, 7);
  EXPECT_EQ(stats.empty, 1);
  EXPECT_EQ(stats.largest, 500);
  EXPECT_EQ(stats.smallest, 1);
  EXPECT_EQ(stats.imbalance, 500);
  EXPECT_EQ(stats.many.classes, 2);
  EXPECT_EQ(stats.medium.classes, 2);
  EXPECT_EQ(stats.medium.images, 120);
  EXPECT_EQ(stats.few.classes, 3);
  EXPECT_NEAR(class_stats({7, 7, 7, 7}).gini, 0, 1e-12);
  EXPECT_NEAR(class_stats({0, 0, 0, 8}).gini, 0.75, 1e-12);
  EXPECT_EQ(class_stats({0, 0}).images, 0);
}

Sprite white_square(int side) {
  Sprite sprite;
  sprite.height = sprite.width = side;
  sprite.rgba.assign(static_cast<std::size_t>(side) * side * 4, 1.0f);
  return sprite;
}

TEST(Canvas, SpritesCoverTheirArea) {
  for (const double angle : {0.0, 0.3, 1.1, 3.0}) {
    Canvas canvas(40, 50);
    Placement at;
    at.center_y = 20.3;
    at.center_x = 24.8;
    at.height = 16;
    at.stretch = 1.25;
    at.angle = angle;
    std::vector<float> alpha;
    draw_sprite(white_square(64), at, canvas, &alpha);
    double area = 0, y_sum = 0, x_sum = 0;
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 50; ++x) {
        const double cover = alpha[static_cast<std::size_t>(y) * 50 + x];
        EXPECT_NEAR(canvas.at(y, x).g, cover, 1e-5);
        area += cover;
        y_sum += cover * (y + 0.5);
        x_sum += cover * (x + 0.5);
      }
    }
    EXPECT_NEAR(area, 16 * 20, 4);
    EXPECT_NEAR(y_sum / area, 20.3, 0.05);
    EXPECT_NEAR(x_sum / area, 24.8, 0.05);
  }
}

TEST(Canvas, SpritesMayLieOutside) {
  Canvas canvas(10, 10);
  Placement at;
  at.center_y = -50;
  at.center_x = 100;
  at.height = 8;
  std::vector<float> alpha;
  draw_sprite(white_square(4), at, canvas, &alpha);
  EXPECT_THAT(alpha, Each(0.0f));
}

TEST(ColorChange, KeepsGreyAndTurnsHues) {
  const Color grey = ColorChange(0.21, 0.4, 1).apply(0.5f, 0.5f, 0.5f);
  EXPECT_NEAR(grey.r, 0.5, 1e-6);
  EXPECT_NEAR(grey.b, 0.5, 1e-6);
  const Color third = ColorChange(1.0 / 3, 1, 1).apply(1, 0, 0);  // red to green
  EXPECT_NEAR(third.r, 0, 1e-6);
  EXPECT_NEAR(third.g, 1, 1e-6);
  const Color dark = ColorChange(0, 1, 0.5).apply(0.2f, 0.4f, 0.6f);
  EXPECT_NEAR(dark.b, 0.3, 1e-6);
  const Color hsv = from_hsv(2.0 / 3, 1, 0.7);
  EXPECT_NEAR(hsv.b, 0.7, 1e-6);
  EXPECT_NEAR(hsv.r + hsv.g, 0, 1e-6);
}

TEST(EmojiFont, SaysWhichPackageIsMissing) {
  try {
    find_emoji_font("/nowhere/font.ttf");
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("/nowhere/font.ttf"), HasSubstr("apt-get install fonts-noto-color-emoji")));
  }
  const TempFolder folder;
  EXPECT_THROW(EmojiFont(folder.write("a.ttf", "no font")), DataError);
}

class EmojiClassificationTest : public testing::EmojiSetTest {
 protected:
  EmojiClassificationTest() {
    options_.classes = 7;
    options_.size = 24;
    options_.max_count = 6;
    options_.imbalance = 3;
    options_.test_count = 2;
  }

  std::map<std::string, std::string> make(const std::string& name) {
    options_.out = folder_.path(name);
    summary_ = make_emoji_classification(options_);
    return files_of(options_.out);
  }

  EmojiClassificationOptions options_;
  EmojiClassificationSummary summary_;
};

TEST_F(EmojiClassificationTest, DependsOnTheSeedAloneToTheByte) {
  options_.threads = 1;
  const auto one = make("one");
  options_.threads = 4;
  EXPECT_EQ(make("four"), one);
  options_.seed = 1;
  EXPECT_NE(make("other").at("train/dog_face/00000.png"), one.at("train/dog_face/00000.png"));
}

TEST_F(EmojiClassificationTest, PicturesDoNotDependOnHowManyThereAre) {
  const auto small = make("small");
  options_.max_count = 9;
  options_.classes = 8;
  const auto large = make("large");
  for (const auto& [path, bytes] : small) {
    if (fs::path(path).extension() != ".png") continue;
    EXPECT_EQ(large.at(path), bytes) << path;
  }
}

TEST_F(EmojiClassificationTest, IsASetThatLoads) {
  options_.format = "jpg";
  const auto files = make("set");
  EXPECT_EQ(std::accumulate(summary_.train_counts.begin(), summary_.train_counts.end(), std::int64_t{0}),
            summary_.train);
  EXPECT_EQ(summary_.test, 14);
  EXPECT_EQ(static_cast<std::int64_t>(files.size()), summary_.train + summary_.test + 5);
  const ImageList list = read_image_list(folder_.path("set/train.txt"));
  EXPECT_EQ(list.size(), summary_.train);
  std::vector<std::int64_t> counts(7);
  ImageReader reader;
  for (std::int64_t i = 0; i < list.size(); ++i) {
    ++counts[list.labels[i]];
    reader.open(folder_.path("set/" + list.paths[i]));
    EXPECT_EQ(reader.decode().width, 24);
  }
  EXPECT_EQ(counts, summary_.train_counts);
  EXPECT_EQ(read_class_names(folder_.path("set/class_names.txt"), 7)[5], "dog_face");
}

TEST_F(EmojiClassificationTest, RefusesAnExistingFolderAndLeavesNoRest) {
  options_.out = folder_.path("set");
  fs::create_directories(options_.out);
  EXPECT_THROW(make_emoji_classification(options_), DataError);
  options_.out = folder_.write("file", "") + "/set";
  EXPECT_THROW(make_emoji_classification(options_), Error);
  options_.out = folder_.path("new");
  options_.font = "/nowhere";
  EXPECT_THROW(make_emoji_classification(options_), DataError);
  options_.classes = 61;
  EXPECT_THROW(make_emoji_classification(options_), ConfigError);
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::AnyOf("set", "file"));
  }
}

}  // namespace
}  // namespace longtail

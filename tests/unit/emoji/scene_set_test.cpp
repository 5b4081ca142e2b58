#include "core/emoji/scene_set.h"

#include <gmock/gmock.h>
#include <longtail/error.h>

#include <filesystem>
#include <map>

#include "core/annotations/annotation_set.h"
#include "core/data/image.h"
#include "core/emoji/font.h"
#include "tests/support/picture_folder.h"
#include "tests/unit/emoji/emoji_set_test.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_bytes;
using testing::TempFolder;

class EmojiInstancesTest : public testing::EmojiSetTest {
 protected:
  EmojiInstancesTest() {
    options_.train = 40;
    options_.val = 30;
    options_.classes = 10;
    options_.width = 96;
    options_.height = 64;
    options_.imbalance = 20;
    options_.rare_most = 4;
    options_.common_most = 12;
  }

  std::map<std::string, std::string> make(const std::string& name) {
    options_.out = folder_.path(name);
    summary_ = make_emoji_instances(options_);
    return files_of(options_.out);
  }

  AnnotationSet read(const std::string& file) const { return read_annotations(folder_.path(file)); }

  template <class Wrong>
  std::string error_of(const Wrong& wrong) {
    EmojiInstancesOptions options = options_;
    options.out = folder_.path("wrong");
    wrong(options);
    try {
      make_emoji_instances(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  EmojiInstancesOptions options_;
  EmojiInstancesSummary summary_;
};

TEST_F(EmojiInstancesTest, DependsOnTheSeedAloneToTheByte) {
  options_.threads = 1;
  const auto one = make("one");
  EXPECT_EQ(one.size(), 40u + 30u + 3u);
  options_.threads = 4;
  EXPECT_EQ(make("four"), one);
  options_.seed = 1;
  const auto other = make("other");
  EXPECT_NE(other.at("images/train/000001.jpg"), one.at("images/train/000001.jpg"));
  EXPECT_NE(other.at("train.json"), one.at("train.json"));
}

TEST_F(EmojiInstancesTest, IsASetWithALongTail) {
  make("set");
  const AnnotationSet train = read("set/train.json"), val = read("set/val.json");
  EXPECT_TRUE(train.is_lvis);
  ASSERT_EQ(train.images.size(), 40u);
  ASSERT_EQ(val.images.size(), 30u);
  EXPECT_EQ(train.images.back().id + 1, val.images.front().id);
  EXPECT_EQ(summary_.train.objects, static_cast<std::int64_t>(train.objects.size()));
  std::map<char, std::int64_t> groups;
  for (std::size_t c = 0; c < 10; ++c) {
    const Category& category = train.categories[c];
    std::int64_t images = 0, objects = 0, val_images = 0;
    const auto count = [&](const AnnotationSet& set, std::int64_t& images, std::int64_t* objects) {
      for (const ImageRecord& image : set.images) {
        std::int64_t here = 0;
        for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
          here += set.objects[static_cast<std::size_t>(i)].class_index == static_cast<std::int32_t>(c);
        }
        images += here > 0;
        if (objects != nullptr) *objects += here;
      }
    };
    count(train, images, &objects);
    count(val, val_images, nullptr);
    EXPECT_EQ(category.image_count, images);
    EXPECT_EQ(category.instance_count, objects);
    EXPECT_EQ(category.frequency, images <= 4 ? 'r' : images <= 12 ? 'c' : 'f');
    EXPECT_EQ(val.categories[c].image_count, images);  // of the training set there as well
    EXPECT_GE(val_images, 8);
    ++groups[category.frequency];
  }
  EXPECT_EQ(groups['r'], summary_.rare);
  EXPECT_EQ(groups['c'], summary_.common);
  EXPECT_EQ(groups['f'], summary_.frequent);
  for (const char frequency : {'r', 'c', 'f'}) EXPECT_GE(groups[frequency], 1);
  EXPECT_GT(summary_.train.most, 8 * summary_.train.fewest);
}

TEST_F(EmojiInstancesTest, NegativesAreAbsent) {
  make("set");
  const AnnotationSet set = read("set/train.json");
  std::size_t negatives = 0;
  for (const ImageRecord& image : set.images) {
    negatives += image.negative_classes.size();
    for (std::int64_t i = image.first_object; i < image.first_object + image.num_objects; ++i) {
      EXPECT_THAT(image.negative_classes, Not(Contains(set.objects[static_cast<std::size_t>(i)].class_index)));
    }
    for (const std::int32_t c : image.not_exhaustive_classes) EXPECT_THAT(image.negative_classes, Not(Contains(c)));
  }
  EXPECT_GE(negatives, 40u * 3);
}

TEST_F(EmojiInstancesTest, BoxesAndAreasAreThoseOfTheMasks) {
  options_.format = "png";
  make("set");
  const AnnotationSet set = read("set/train.json");
  ImageReader reader;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(set.objects.size()); ++i) {
    const ObjectRecord& object = set.objects[static_cast<std::size_t>(i)];
    const Rle mask = set.mask(i);
    EXPECT_EQ(mask.height, 64);
    EXPECT_EQ(mask.width, 96);
    EXPECT_EQ(object.area, static_cast<double>(rle_area(mask)));
    EXPECT_GE(object.area, 16);
    const BoxXywh box = rle_box(mask);
    EXPECT_EQ(object.box.x, box.x);
    EXPECT_EQ(object.box.w, box.w);
    EXPECT_EQ(object.box.h, box.h);
  }
  for (const ImageRecord& image : set.images) {
    reader.open(folder_.path("set/" + image.file_name));
    EXPECT_EQ(reader.decode().width, 96);
  }
}

TEST_F(EmojiInstancesTest, PolygonsAreTheSameMasks) {
  options_.difficulty = 1;
  make("rle");
  options_.masks = "polygons";
  make("polygons");
  const AnnotationSet rle = read("rle/train.json"), polygons = read("polygons/train.json");
  ASSERT_EQ(rle.objects.size(), polygons.objects.size());
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rle.objects.size()); ++i) {
    EXPECT_EQ(polygons.objects[static_cast<std::size_t>(i)].segmentation.form, SegmentationRef::Form::polygons);
    EXPECT_EQ(rle.mask(i).counts, polygons.mask(i).counts);
  }
}

TEST_F(EmojiInstancesTest, ErrorsSayWhatToDo) {
  using Options = EmojiInstancesOptions;
  EXPECT_THAT(error_of([](Options& o) { o.classes = 61; }), HasSubstr("--classes: 61 is outside 2 ... 60"));
  EXPECT_THAT(error_of([](Options& o) { o.min_objects = 7; }), HasSubstr("--objects"));
  EXPECT_THAT(error_of([](Options& o) { o.masks = "boxes"; }), HasSubstr("--masks: must be rle or polygons"));
  EXPECT_THAT(error_of([](Options& o) {
                o.train = 2;
                o.max_objects = 2;
              }),
              HasSubstr("no room for 10 classes"));
  EXPECT_THAT(error_of([](Options& o) { o.categories = "/nowhere.csv"; }), HasSubstr("/nowhere.csv"));
  EXPECT_THAT(error_of([](Options& o) { o.sprites = "/nowhere"; }), HasSubstr("/nowhere: no folder of sprites"));
  EXPECT_THAT(error_of([](Options& o) { o.backgrounds = "/nowhere"; }), HasSubstr("/nowhere: no folder with"));
  EXPECT_THAT(error_of([this](Options& o) { o.out = folder_.path(); }), HasSubstr("exists already"));
  EXPECT_FALSE(fs::exists(folder_.path("wrong")));
}

}  // namespace
}  // namespace longtail

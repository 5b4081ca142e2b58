#include "core/annotations/write_annotations.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/annotation_builder.h"
#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using ::testing::ElementsAre;

AnnotationSet example() {
  testing::AnnotationBuilder builder;
  builder.category(2, "cat").category(5, "a \"quoted\" dog");
  builder.set().is_lvis = true;
  Category& cat = builder.set().categories[0];
  cat.supercategory = "animal";
  cat.frequency = 'r';
  cat.image_count = 1;
  cat.instance_count = 2;
  builder.set().categories[1].frequency = 'f';
  builder.image(3, 8, 6, "images/3.jpg").image(4, 5, 4, "images/4.png");
  builder.set().images[1].negative_classes = {1};
  builder.set().images[1].not_exhaustive_classes = {0};
  builder.object(0, {1, 1, 2.5, 2}).polygons({{1, 1, 3.5, 1, 3.5, 3}, {1, 2, 2, 2, 2, 3, 1, 3}});
  builder.object(0, {0, 0, 5, 1}).rle({0, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3});
  builder.image(9, 3, 3, "images/9.jpg").object(1, {0, 0, 3, 3}).rle({4, 5});
  return builder.set();
}

TEST(WriteAnnotations, ReadBackAsTheyWere) {
  const AnnotationSet set = example();
  test::TemporaryFolder folder;
  const AnnotationSet again =
      read_annotations(folder.write("a.json", to_lvis_json(set, {"\"made\" here", "CC0", ""})).string());
  ASSERT_EQ(again.categories.size(), 2u);
  EXPECT_EQ(again.categories[0].name, "cat");
  EXPECT_EQ(again.categories[0].supercategory, "animal");
  EXPECT_EQ(again.categories[0].frequency, 'r');
  EXPECT_EQ(again.categories[0].instance_count, 2);
  EXPECT_EQ(again.categories[1].name, "a \"quoted\" dog");
  EXPECT_TRUE(again.is_lvis);
  ASSERT_EQ(again.images.size(), 3u);
  EXPECT_EQ(again.images[1].id, 4);
  EXPECT_EQ(again.images[1].file_name, "images/4.png");
  EXPECT_EQ(again.images[1].width, 5);
  EXPECT_THAT(again.images[1].negative_classes, ElementsAre(1));
  EXPECT_THAT(again.images[1].not_exhaustive_classes, ElementsAre(0));
  ASSERT_EQ(again.objects.size(), set.objects.size());
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto& was = set.objects[static_cast<std::size_t>(i)];
    const auto& is = again.objects[static_cast<std::size_t>(i)];
    EXPECT_EQ(is.id, was.id);
    EXPECT_EQ(is.class_index, was.class_index);
    EXPECT_EQ(is.area, was.area);
    EXPECT_EQ(is.box.w, was.box.w);
    EXPECT_EQ(is.segmentation.form, was.segmentation.form);
    EXPECT_EQ(again.image_of_object(i).id, set.image_of_object(i).id);
  }
  EXPECT_EQ(again.coordinates, set.coordinates);
  EXPECT_EQ(again.polygon_ends, set.polygon_ends);
  EXPECT_EQ(again.rle_counts, set.rle_counts);
}

TEST(WriteAnnotations, HaveTheFieldsOfLvis) {
  const auto json = nlohmann::json::parse(to_lvis_json(example(), {"made", "CC0", "http://cc0"}));
  EXPECT_EQ(json["info"]["description"], "made");
  EXPECT_EQ(json["licenses"][0]["url"], "http://cc0");
  for (const char* key : {"id", "name", "synset", "synonyms", "def", "frequency", "image_count", "instance_count"}) {
    EXPECT_TRUE(json["categories"][0].contains(key)) << key;
  }
  for (const char* key : {"id", "width", "height", "license", "coco_url", "flickr_url", "date_captured",
                          "neg_category_ids", "not_exhaustive_category_ids"}) {
    EXPECT_TRUE(json["images"][0].contains(key)) << key;
  }
  EXPECT_EQ(json["images"][1]["neg_category_ids"], nlohmann::json({5}));
  EXPECT_EQ(json["annotations"][0]["segmentation"][0][2], 3.5);
  EXPECT_EQ(json["annotations"][1]["segmentation"]["size"], nlohmann::json({4, 5}));
  EXPECT_TRUE(json["annotations"][1]["segmentation"]["counts"].is_string());
  EXPECT_EQ(json["annotations"][2]["image_id"], 9);
}

}  // namespace
}  // namespace longtail

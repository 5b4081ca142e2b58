#include "core/data/annotation_stats.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/annotation_builder.h"

namespace longtail {
namespace {

/// Eight images with cats, one of them with a dog too, one without anything; a crowd of dogs on another.
AnnotationSet cats() {
  testing::AnnotationBuilder builder;
  builder.category(1, "cat").category(2, "dog").category(3, "eel");
  for (int i = 0; i < 8; ++i) {
    builder.image(i, 10, 10).object(0, {0, 0, 5, 5}).object(0, {0, 0, 5, 5});
    if (i == 3) builder.object(1, {0, 0, 5, 5});
    if (i == 5) builder.object(1, {0, 0, 5, 5}, true);
  }
  builder.image(9, 10, 10);
  return builder.set();
}

TEST(AnnotationStats, CountsWhatTrainingSees) {
  const AnnotationStats stats = annotation_stats(cats(), 0.001);
  EXPECT_EQ(stats.images, 8);
  EXPECT_EQ(stats.objects, 17);
  EXPECT_EQ(stats.classes[0].images, 8);
  EXPECT_EQ(stats.classes[0].objects, 16);
  EXPECT_EQ(stats.classes[1].images, 1);
  EXPECT_EQ(stats.classes[1].objects, 1);
  EXPECT_DOUBLE_EQ(stats.classes_per_image, 9.0 / 8);
  EXPECT_DOUBLE_EQ(stats.epoch, 8);  // no class is that rare
}

// A dog is on 1 image of 8: sqrt(0.5 / (1 / 8)) = 2 copies.
TEST(AnnotationStats, ImagesAreRepeatedForTheirRarestClass) {
  const AnnotationStats stats = annotation_stats(cats(), 0.5);
  EXPECT_DOUBLE_EQ(stats.classes[0].repeat_factor, 1);
  EXPECT_DOUBLE_EQ(stats.classes[1].repeat_factor, 2);
  EXPECT_DOUBLE_EQ(stats.classes[2].repeat_factor, 0);
  ASSERT_EQ(stats.by_image.size(), 8U);
  EXPECT_EQ(stats.by_image[0].image, 3);
  EXPECT_EQ(stats.by_image[0].class_index, 1);
  EXPECT_DOUBLE_EQ(stats.by_image[0].repeat_factor, 2);
  EXPECT_DOUBLE_EQ(stats.epoch, 9);
}

TEST(AnnotationStats, GroupsAreTheFilesOrThoseOfLvis) {
  AnnotationSet set = cats();
  const AnnotationStats counted = annotation_stats(set, 0.5);
  EXPECT_EQ(counted.groups[2].frequency, 'r');
  EXPECT_EQ(counted.groups[2].classes, 3);
  EXPECT_EQ(counted.groups[2].empty, 1);
  EXPECT_EQ(counted.groups[2].objects, 17);
  set.categories[0].frequency = 'f';
  const AnnotationStats told = annotation_stats(set, 0.5);
  EXPECT_EQ(told.groups[0].classes, 1);
  EXPECT_EQ(told.groups[0].objects, 16);
  EXPECT_DOUBLE_EQ(told.groups[0].repeats, 18.0 / 16);  // two cats are shown twice
  EXPECT_DOUBLE_EQ(told.groups[2].repeats, 2);
  EXPECT_EQ(told.classes[1].frequency, 'r');
}

}  // namespace
}  // namespace longtail

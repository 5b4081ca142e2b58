#include "core/annotations/annotation_set.h"

#include <gtest/gtest.h>

#include "tests/support/annotation_builder.h"

namespace longtail {
namespace {

TEST(AnnotationSet, FindsById) {
  testing::AnnotationBuilder builder;
  builder.category(3, "cat").category(7, "dog");
  builder.image(10, 4, 4).object(0, {0, 0, 1, 1}).object(1, {0, 0, 1, 1});
  builder.image(11, 5, 5).image(20, 6, 6).object(0, {0, 0, 1, 1}).image(21, 7, 7);
  const AnnotationSet& set = builder.set();
  EXPECT_EQ(set.class_of(3), 0);
  EXPECT_EQ(set.class_of(7), 1);
  EXPECT_EQ(set.class_of(5), -1);
  EXPECT_EQ(set.image_of(20), 2);
  EXPECT_EQ(set.image_of(22), -1);
  EXPECT_EQ(set.image_of_object(0).id, 10);
  EXPECT_EQ(set.image_of_object(1).id, 10);
  EXPECT_EQ(set.image_of_object(2).id, 20);  // past an image without objects
}

TEST(AnnotationSet, ClassesAreTheSameByNameOrWhereOneHasNoneById) {
  Category cat, feline, third, fourth;
  cat.id = third.id = 3;
  feline.id = fourth.id = 4;
  cat.name = feline.name = "cat";
  third.name = "3";
  fourth.name = "4";
  third.named = fourth.named = false;
  EXPECT_TRUE(same_class(cat, feline));
  EXPECT_TRUE(same_class(cat, third));
  EXPECT_FALSE(same_class(cat, fourth));
  EXPECT_FALSE(same_class(third, fourth));
  fourth.named = true;
  EXPECT_FALSE(same_class(cat, fourth));
}

}  // namespace
}  // namespace longtail

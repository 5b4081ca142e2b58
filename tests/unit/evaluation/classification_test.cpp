#include "core/evaluation/classification.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <longtail/error.h>

namespace longtail {
namespace {

using testing::HasSubstr;

TEST(SplitOf, BoundsAreExclusiveForManyAndFew) {
  const SplitBounds bounds;
  EXPECT_EQ(split_of(101, bounds), Split::many);
  EXPECT_EQ(split_of(100, bounds), Split::medium);
  EXPECT_EQ(split_of(20, bounds), Split::medium);
  EXPECT_EQ(split_of(19, bounds), Split::few);
  EXPECT_EQ(split_of(0, bounds), Split::few);
}

// Five classes by hand: 0 and 1 are many, 2 medium, 3 and 4 few; class 4 has no test image.
//   class 0: 3 of 4 right (0.75), class 1: 1 of 2 (0.5), class 2: 0 of 1 (0), class 3: 1 of 3 (1/3)
ClassificationEvaluator by_hand() {
  ClassificationEvaluator evaluator({500, 101, 50, 10, 5}, {"ant", "bee", "cat", "dog, wild", "eel"}, SplitBounds{});
  for (const auto& [label, prediction] : std::vector<std::pair<int, int>>{
           {0, 0}, {0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}, {2, 0}, {3, 3}, {3, 0}, {3, 4}}) {
    evaluator.add(label, prediction);
  }
  return evaluator;
}

TEST(ClassificationEvaluator, AveragesPerClassWithinTheSplits) {
  const AccuracySummary summary = by_hand().summary();
  EXPECT_DOUBLE_EQ(summary.many, (0.75 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(summary.medium, 0.0);
  EXPECT_DOUBLE_EQ(summary.few, 1.0 / 3) << "the class without test images is left out";
  EXPECT_DOUBLE_EQ(summary.overall, 5.0 / 10);
  EXPECT_DOUBLE_EQ(summary.class_mean, (0.75 + 0.5 + 0 + 1.0 / 3) / 4);
  EXPECT_EQ(summary.images, 10);
}

TEST(ClassificationEvaluator, MinusOneWhereASplitHasNoClass) {
  ClassificationEvaluator evaluator({500, 400}, {}, SplitBounds{});
  EXPECT_DOUBLE_EQ(evaluator.summary().overall, -1);
  evaluator.add(0, 0);
  EXPECT_DOUBLE_EQ(evaluator.summary().many, 1);
  EXPECT_DOUBLE_EQ(evaluator.summary().medium, -1);
  EXPECT_DOUBLE_EQ(evaluator.summary().few, -1);
}

TEST(ClassificationEvaluator, TakesTheHighestScore) {
  ClassificationEvaluator evaluator({10, 10, 10}, {}, SplitBounds{});
  evaluator.add(at::tensor({0.1, 0.7, 0.2, 0.5, 0.4, 0.1}).reshape({2, 3}), at::tensor({1, 2}, at::kLong));
  evaluator.add(at::empty({0, 3}), at::empty({0}, at::kLong));
  EXPECT_EQ(evaluator.count(1, 1), 1);
  EXPECT_EQ(evaluator.count(2, 0), 1);
  EXPECT_EQ(evaluator.confusion().sum().item<std::int64_t>(), 2);
}

TEST(ClassificationEvaluator, SummingTheConfusionSumsTheEvaluator) {
  ClassificationEvaluator left = by_hand();
  ClassificationEvaluator right = by_hand();
  left.confusion().add_(right.confusion());
  EXPECT_EQ(left.summary().images, 20);
  EXPECT_DOUBLE_EQ(left.summary().many, right.summary().many);
}

TEST(ClassificationEvaluator, RefusesWhatItCannotCount) {
  ClassificationEvaluator evaluator({10, 10}, {}, SplitBounds{});
  EXPECT_THROW(evaluator.add(at::zeros({1, 2}), at::tensor({2}, at::kLong)), DataError);
  EXPECT_THROW(evaluator.add(at::full({1, 2}, NAN), at::tensor({0}, at::kLong)), DivergedError);
  EXPECT_THROW(evaluator.add(at::zeros({1, 3}), at::tensor({0}, at::kLong)), Error);
  EXPECT_THROW(ClassificationEvaluator({1, 2}, {"one"}, SplitBounds{}), Error);
  EXPECT_THROW(ClassificationEvaluator({1, 2}, {}, SplitBounds{20, 100}), Error);
}

TEST(PerClassCsv, OneLineAClass) {
  EXPECT_EQ(per_class_csv(by_hand().per_class()),
            "label,name,train_count,split,images,correct,accuracy\n"
            "0,ant,500,many,4,3,0.750000\n"
            "1,bee,101,many,2,1,0.500000\n"
            "2,cat,50,medium,1,0,0.000000\n"
            "3,\"dog, wild\",10,few,3,1,0.333333\n"
            "4,eel,5,few,0,0,\n");
}

TEST(ConfusionCsv, RowsAreTheTruth) {
  EXPECT_EQ(confusion_csv(by_hand()),
            "truth\\prediction,ant,bee,cat,\"dog, wild\",eel\n"
            "ant,3,1,0,0,0\n"
            "bee,1,1,0,0,0\n"
            "cat,1,0,0,0,0\n"
            "\"dog, wild\",1,0,0,1,1\n"
            "eel,0,0,0,0,0\n");
}

}  // namespace
}  // namespace longtail

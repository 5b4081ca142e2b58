#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <longtail/module.h>

#include "core/data/frequency_split.h"

namespace longtail {

/// One class of the test set. `accuracy` is a fraction, -1 without test images.
struct ClassAccuracy {
  std::int64_t label = 0;
  std::string name;
  std::int64_t train_count = 0;
  Split split = Split::medium;
  std::int64_t images = 0;
  std::int64_t correct = 0;
  double accuracy = -1;
};

/// Fractions in [0, 1], -1 where there is nothing to average.
///
/// many, medium, few: the mean of the per-class accuracies of the split's classes; classes without test images are
/// left out. overall: correct images / images, as the field reports it. On a balanced test set, which ImageNet-LT's and
/// CIFAR-LT's are, this equals class_mean, the mean over all classes; on an unbalanced one they differ, so both are
/// told.
struct AccuracySummary {
  double many = -1;
  double medium = -1;
  double few = -1;
  double overall = -1;
  double class_mean = -1;
  std::int64_t images = 0;
};

/// Counts predictions of a classifier and sums them up by the training frequency of the classes.
class ClassificationEvaluator {
 public:
  /// `train_counts` [C]: training images of each class. `names` is empty or [C].
  /// Throws Error when the sizes disagree or the bounds overlap (few_below > many_above + 1).
  ClassificationEvaluator(std::vector<std::int64_t> train_counts, std::vector<std::string> names, SplitBounds bounds);

  /// `scores` [N, C] of any floating type and device, the highest is the prediction (the lowest label among equals);
  /// `labels` [N] int64. DataError for a label outside 0..C-1, DivergedError for scores that are not numbers.
  void add(const Tensor& scores, const Tensor& labels);
  /// One prediction.
  void add(std::int64_t label, std::int64_t prediction);

  std::int64_t num_classes() const { return static_cast<std::int64_t>(train_counts_.size()); }
  /// How many images of class `label` were taken for class `prediction`.
  std::int64_t count(std::int64_t label, std::int64_t prediction) const;
  /// [C, C] int64 on the CPU, row = ground truth, column = prediction. A view of the counts: summing it over
  /// processes sums the evaluator.
  Tensor confusion();

  std::vector<ClassAccuracy> per_class() const;
  AccuracySummary summary() const;

 private:
  std::vector<std::int64_t> train_counts_;
  std::vector<std::string> names_;
  SplitBounds bounds_;
  std::vector<std::int64_t> confusion_;  // row-major, row = ground truth
};

/// CSV with the header `label,name,train_count,split,images,correct,accuracy`; accuracy is empty without test images.
std::string per_class_csv(const std::vector<ClassAccuracy>& classes);
/// CSV of the confusion counts: the first row and column name the classes, row = ground truth.
std::string confusion_csv(const ClassificationEvaluator& evaluator);

}  // namespace longtail

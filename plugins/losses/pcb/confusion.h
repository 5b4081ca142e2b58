#pragma once

#include <cstdint>
#include <utility>

#include <longtail/collective.h>
#include <longtail/module.h>

#include "confusion_ops.h"

namespace longtail {

/// The distinct labels of a batch, ascending, and where each sample's label stands among them.
struct BatchClasses {
  explicit BatchClasses(const Tensor& labels, std::int64_t num_classes);

  Tensor all;                       // [K] int64
  Tensor foreground;                // [F]: `all` without the background
  Tensor index;                     // [N]: all[index[n]] == labels[n]
  Tensor positives;                 // [P]: samples of a foreground class; undefined where all N are
  Tensor positive_index;            // [P]: their `index`
  std::int64_t num_foreground = 0;  // F
};

/// PCB's confusion matrix: running means of the class distribution that is predicted for each ground-truth class.
class ConfusionMatrix {
 public:
  /// `matrix` [C, C], row = ground truth, and `seen` [C] are changed in place.
  ConfusionMatrix(Tensor matrix, Tensor seen) : matrix_(std::move(matrix)), seen_(std::move(seen)) {}

  /// M_y <- gamma * M_y + (1 - gamma) * mean of y's rows in `distribution` [P, C], for the classes y that are present
  /// on any rank; divided by the row's sum if `normalize`. `index` [P] points into classes.foreground.
  /// O(P C), and O(C^2) only where several processes exchange their sums.
  void update(const Tensor& distribution, const Tensor& index, const BatchClasses& classes, double gamma,
              bool normalize, Collective& collective);

  /// Soft labels of the batch's classes, [K, width]: row k is column all[k] of M, "who is mistaken for it", divided by
  /// its sum if options.normalize. One-hot where the column is still zero; zeros for the background.
  SoftLabels soft_labels(const BatchClasses& classes, const SoftLabelOptions& options) const {
    return longtail::soft_labels(matrix_, classes.foreground, classes.all.size(0), options);
  }

 private:
  Tensor matrix_;
  Tensor seen_;
};

}  // namespace longtail

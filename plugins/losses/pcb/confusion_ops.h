#pragma once

#include <cstdint>

#include <longtail/module.h>

namespace longtail {

/// Rows of the classes of a batch, [K, width], and the entropy of each, [K].
struct SoftLabels {
  Tensor labels, entropy;
};

struct SoftLabelOptions {
  std::int64_t width = 0;    // at least C; what is beyond C is 0
  bool normalize = true;     // each column of the matrix by its sum
  double share = 1;          // that the labels, not the entropies, are multiplied by
  bool with_entropy = true;  // else it is not worked out
};

// The two steps on the matrix [C, C], without gradient. On the CPU they go once through what they need, in loops;
// `composed` holds the same of LibTorch's operations, for other devices.

/// M_y <- gamma * M_y + (1 - gamma) * mean of y's rows in `distribution` [P, C], divided by the row's sum if
/// `normalize`, for y = classes[f], ascending, f < F. `index` [P] tells each row's f, and no f is without rows.
void move_rows(const Tensor& matrix, const Tensor& classes, const Tensor& distribution, const Tensor& index,
               double gamma, bool normalize);

/// The columns of `classes` [F], ascending, as the first F of `count` rows; one-hot where the column is zero. The
/// other rows are zero. Entropies are -sum q log q.
SoftLabels soft_labels(const Tensor& matrix, const Tensor& classes, std::int64_t count,
                       const SoftLabelOptions& options);

namespace composed {

void move_rows(const Tensor& matrix, const Tensor& classes, const Tensor& distribution, const Tensor& index,
               double gamma, bool normalize);
SoftLabels soft_labels(const Tensor& matrix, const Tensor& classes, std::int64_t count,
                       const SoftLabelOptions& options);

}  // namespace composed
}  // namespace longtail

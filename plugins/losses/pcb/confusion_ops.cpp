#include "confusion_ops.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include <longtail/parallel.h>
#include <longtail/simd.h>

namespace longtail {
namespace {

bool has_loops(const Tensor& matrix, std::initializer_list<Tensor> others) {
  const bool type = matrix.scalar_type() == at::kFloat || matrix.scalar_type() == at::kDouble;
  return type && matrix.is_cpu() && matrix.is_contiguous() &&
         std::all_of(others.begin(), others.end(), [](const Tensor& tensor) { return tensor.is_cpu(); });
}

/// `classes` [F] ascending, of a matrix of `size`.
void check_classes(const std::int64_t* classes, std::int64_t count, std::int64_t size) {
  if (count == 0) return;
  TORCH_CHECK_INDEX(classes[0] >= 0 && classes[count - 1] < size, "labels from ", classes[0], " to ",
                    classes[count - 1], " are not among ", size, " classes");
}

/// row = gamma row + share sum(from), divided by its sum if `normalize`. `sum` [size] is for the loop's own use.
template <class T>
LONGTAIL_SIMD_INLINE void move_row_loop(T* __restrict row, const T* const* from, std::int64_t count, T gamma, T share,
                                        bool normalize, std::int64_t size, T* __restrict sum) {
  for (std::int64_t i = 0; i < size; ++i) sum[i] = from[0][i];
  for (std::int64_t n = 1; n < count; ++n) {
    const T* values = from[n];
    for (std::int64_t i = 0; i < size; ++i) sum[i] += values[i];
  }
  for (std::int64_t i = 0; i < size; ++i) row[i] = gamma * row[i] + share * sum[i];
  if (!normalize) return;
  const T total = sum_in_lanes<T>(size, [=](std::int64_t i) { return row[i]; });
  for (std::int64_t i = 0; i < size; ++i) row[i] /= total;
}
LONGTAIL_SIMD void move_row(float* row, const float* const* from, std::int64_t count, float gamma, float share,
                            bool normalize, std::int64_t size, float* sum) {
  move_row_loop(row, from, count, gamma, share, normalize, size, sum);
}
LONGTAIL_SIMD void move_row(double* row, const double* const* from, std::int64_t count, double gamma, double share,
                            bool normalize, std::int64_t size, double* sum) {
  move_row_loop(row, from, count, gamma, share, normalize, size, sum);
}

/// The rows of `values` [P, size] by class: those of class f are at [first[f], first[f + 1]).
template <class T>
struct RowsByClass {
  RowsByClass(const T* values, const std::int64_t* index, std::int64_t rows, std::int64_t classes, std::int64_t size)
      : first(classes + 1), pointers(rows) {
    for (std::int64_t p = 0; p < rows; ++p) {
      TORCH_CHECK_INDEX(index[p] >= 0 && index[p] < classes, "row ", p, " is of class ", index[p], " of ", classes);
      ++first[index[p] + 1];
    }
    for (std::int64_t f = 0; f < classes; ++f) first[f + 1] += first[f];
    std::vector<std::int64_t> next(first.begin(), first.end() - 1);
    for (std::int64_t p = 0; p < rows; ++p) pointers[next[index[p]]++] = values + p * size;
  }
  std::vector<std::int64_t> first;
  std::vector<const T*> pointers;
};

template <class T>
void move_rows_of(const Tensor& matrix, const Tensor& classes, const Tensor& distribution, const Tensor& index,
                  double gamma, bool normalize) {
  const std::int64_t size = matrix.size(1), count = classes.size(0);
  const RowsByClass<T> rows(distribution.data_ptr<T>(), index.data_ptr<std::int64_t>(), index.size(0), count, size);
  const auto* of = classes.data_ptr<std::int64_t>();
  check_classes(of, count, size);
  T* to = matrix.data_ptr<T>();
  parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> sum(size);
    for (std::int64_t f = begin; f < end; ++f) {
      const std::int64_t members = rows.first[f + 1] - rows.first[f];
      TORCH_CHECK(members > 0, "class ", of[f], " has no rows");
      move_row(to + of[f] * size, rows.pointers.data() + rows.first[f], members, T(gamma),
               T((1 - gamma) / static_cast<double>(members)), normalize, size, sum.data());
    }
  });
}

/// Entries [from, from + lines) of the columns `classes` into rows of `width`. `tile` [lines * count] is for the loop's
/// own use: reading along the matrix's lines touches far fewer cache lines than reading columns.
template <class T>
LONGTAIL_SIMD_INLINE void turn_columns_loop(const T* matrix, std::int64_t size, const std::int64_t* classes,
                                            std::int64_t count, std::int64_t from, std::int64_t lines,
                                            std::int64_t width, T* __restrict tile, T* __restrict rows) {
  for (std::int64_t i = 0; i < lines; ++i) {
    const T* line = matrix + (from + i) * size;
    for (std::int64_t f = 0; f < count; ++f) tile[i * count + f] = line[classes[f]];
  }
  for (std::int64_t f = 0; f < count; ++f) {
    for (std::int64_t i = 0; i < lines; ++i) rows[f * width + from + i] = tile[i * count + f];
  }
}
LONGTAIL_SIMD void turn_columns(const float* matrix, std::int64_t size, const std::int64_t* classes, std::int64_t count,
                                std::int64_t from, std::int64_t lines, std::int64_t width, float* tile, float* rows) {
  turn_columns_loop(matrix, size, classes, count, from, lines, width, tile, rows);
}
LONGTAIL_SIMD void turn_columns(const double* matrix, std::int64_t size, const std::int64_t* classes,
                                std::int64_t count, std::int64_t from, std::int64_t lines, std::int64_t width,
                                double* tile, double* rows) {
  turn_columns_loop(matrix, size, classes, count, from, lines, width, tile, rows);
}

/// A column of `size` becomes a soft label: one-hot at `own` if zero, by its sum if `normalize`, times `share`. Its
/// entropy, or 0 if not wanted.
template <class T>
LONGTAIL_SIMD_INLINE T finish_row_loop(T* row, std::int64_t size, std::int64_t own, bool normalize, T share,
                                       bool with_entropy) {
  const T sum = sum_in_lanes<T>(size, [=](std::int64_t i) { return row[i]; });
  if (sum <= 0) {
    row[own] = share;
    return 0;
  }
  if (normalize) {
    for (std::int64_t i = 0; i < size; ++i) row[i] /= sum;
  }
  // What is added keeps 0 ln 0 at 0 and is far below what else counts.
  const auto term = [=](std::int64_t i) { return row[i] * logarithm(row[i] + T(1e-30)); };
  const T entropy = with_entropy ? -sum_in_lanes<T>(size, term) : T(0);
  for (std::int64_t i = 0; i < size; ++i) row[i] *= share;
  return entropy;
}
LONGTAIL_SIMD float finish_row(float* row, std::int64_t size, std::int64_t own, bool normalize, float share,
                               bool with_entropy) {
  return finish_row_loop(row, size, own, normalize, share, with_entropy);
}
LONGTAIL_SIMD double finish_row(double* row, std::int64_t size, std::int64_t own, bool normalize, double share,
                                bool with_entropy) {
  return finish_row_loop(row, size, own, normalize, share, with_entropy);
}

template <class T>
SoftLabels soft_labels_of(const Tensor& matrix, const Tensor& classes, std::int64_t count,
                          const SoftLabelOptions& options) {
  // As many lines of the matrix at a time as fill the cache lines that their entries are written to.
  constexpr std::int64_t kLines = 64 / sizeof(T);
  const std::int64_t size = matrix.size(0), num_classes = classes.size(0), width = options.width;
  const auto* of = classes.data_ptr<std::int64_t>();
  check_classes(of, num_classes, size);
  SoftLabels made{at::empty({count, width}, matrix.options()), at::zeros({count}, matrix.options())};
  made.labels.slice(1, size).zero_();
  made.labels.slice(0, num_classes).zero_();
  const T* from = matrix.data_ptr<T>();
  T *rows = made.labels.data_ptr<T>(), *entropy = made.entropy.data_ptr<T>();
  parallel_for(0, (size + kLines - 1) / kLines, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> tile(kLines * num_classes);
    for (std::int64_t i = begin * kLines; i < std::min(end * kLines, size); i += kLines) {
      turn_columns(from, size, of, num_classes, i, std::min(kLines, size - i), width, tile.data(), rows);
    }
  });
  parallel_for(0, num_classes, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t f = begin; f < end; ++f) {
      entropy[f] = finish_row(rows + f * width, size, of[f], options.normalize, T(options.share), options.with_entropy);
    }
  });
  return made;
}

}  // namespace

void move_rows(const Tensor& matrix, const Tensor& classes, const Tensor& distribution, const Tensor& index,
               double gamma, bool normalize) {
  if (!has_loops(matrix, {classes, distribution, index}))
    return composed::move_rows(matrix, classes, distribution, index, gamma, normalize);
  const Tensor values = distribution.to(matrix.scalar_type()).contiguous();
  const auto move = matrix.scalar_type() == at::kFloat ? move_rows_of<float> : move_rows_of<double>;
  move(matrix, classes.contiguous(), values, index.contiguous(), gamma, normalize);
}

SoftLabels soft_labels(const Tensor& matrix, const Tensor& classes, std::int64_t count,
                       const SoftLabelOptions& options) {
  if (!has_loops(matrix, {classes})) return composed::soft_labels(matrix, classes, count, options);
  const auto make = matrix.scalar_type() == at::kFloat ? soft_labels_of<float> : soft_labels_of<double>;
  return make(matrix, classes.contiguous(), count, options);
}

namespace composed {

void move_rows(const Tensor& matrix, const Tensor& classes, const Tensor& distribution, const Tensor& index,
               double gamma, bool normalize) {
  const Tensor values = distribution.to(matrix.scalar_type());
  const Tensor sums = at::zeros({classes.size(0), matrix.size(1)}, matrix.options()).index_add_(0, index, values);
  const Tensor ones = at::ones({index.size(0)}, matrix.options());
  const Tensor counts = at::zeros({classes.size(0)}, matrix.options()).index_add_(0, index, ones);
  Tensor moved = matrix.index_select(0, classes).mul_(gamma).add_(sums / counts.unsqueeze(1), 1 - gamma);
  if (normalize) moved.div_(moved.sum(1, /*keepdim=*/true));
  matrix.index_copy_(0, classes, moved);
}

SoftLabels soft_labels(const Tensor& matrix, const Tensor& classes, std::int64_t count,
                       const SoftLabelOptions& options) {
  const std::int64_t size = matrix.size(0), num_classes = classes.size(0);
  SoftLabels made{at::zeros({count, options.width}, matrix.options()), at::zeros({count}, matrix.options())};
  // Reading along the matrix's rows and turning the small result touches far fewer cache lines than reading columns.
  Tensor rows = matrix.index_select(1, classes).t();
  const Tensor sums = rows.sum(1, /*keepdim=*/true);
  const Tensor empty = sums.le(0).to(matrix.scalar_type());
  if (options.normalize) rows = rows / (sums + empty);
  rows = rows.scatter_add(1, classes.unsqueeze(1), empty);
  if (options.with_entropy) made.entropy.slice(0, 0, num_classes).copy_(at::xlogy(rows, rows).sum(1).neg_());
  made.labels.slice(0, 0, num_classes).slice(1, 0, size).copy_(rows.mul_(options.share));
  return made;
}

}  // namespace composed
}  // namespace longtail

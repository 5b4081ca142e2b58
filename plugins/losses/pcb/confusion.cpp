#include "confusion.h"

#include <tuple>

namespace longtail {

BatchClasses::BatchClasses(const Tensor& labels, std::int64_t num_classes) {
  std::tie(all, index) = at::_unique(labels, /*sorted=*/true, /*return_inverse=*/true);
  num_foreground = (all < num_classes).sum().item<std::int64_t>();
  foreground = all.slice(0, 0, num_foreground);
  positive_index = index;
  if (num_foreground == all.size(0)) return;
  positives = index.lt(num_foreground).nonzero().view(-1);
  positive_index = index.index_select(0, positives);
}

void ConfusionMatrix::update(const Tensor& distribution, const Tensor& index, const BatchClasses& classes, double gamma,
                             bool normalize, Collective& collective) {
  const Tensor values = distribution.to(matrix_.scalar_type());
  Tensor sums = at::zeros({classes.num_foreground, matrix_.size(1)}, matrix_.options()).index_add_(0, index, values);
  const Tensor ones = at::ones({index.size(0)}, matrix_.options());
  const Tensor counts = at::zeros({classes.num_foreground}, matrix_.options()).index_add_(0, index, ones);
  if (collective.world_size() == 1) {
    update_rows(classes.foreground, sums.div_(counts.unsqueeze(1)), gamma, normalize);
    return;
  }
  // Ranks have different classes: they meet in a dense matrix, whose last column holds the counts.
  Tensor dense = at::zeros({matrix_.size(0), matrix_.size(1) + 1}, matrix_.options());
  dense.index_copy_(0, classes.foreground, at::cat({sums, counts.unsqueeze(1)}, 1));
  collective.all_reduce_sum(dense);
  const Tensor present = dense.select(1, matrix_.size(1)).nonzero().view(-1);
  const Tensor rows = dense.index_select(0, present);
  const Tensor means = rows.slice(1, 0, matrix_.size(1)) / rows.slice(1, matrix_.size(1));
  update_rows(present, means, gamma, normalize);
}

void ConfusionMatrix::update_rows(const Tensor& rows, const Tensor& means, double gamma, bool normalize) {
  Tensor updated = matrix_.index_select(0, rows).mul_(gamma).add_(means, 1 - gamma);
  if (normalize) updated.div_(updated.sum(1, /*keepdim=*/true));
  matrix_.index_put_({rows}, updated);
  seen_.index_fill_(0, rows, 1);
}

Tensor ConfusionMatrix::soft_labels(const BatchClasses& classes, std::int64_t width, bool normalize) const {
  Tensor labels = at::zeros({classes.all.size(0), width}, matrix_.options());
  if (classes.num_foreground == 0) return labels;
  // Reading along M's rows and turning the small result touches far fewer cache lines than reading columns.
  const Tensor columns = matrix_.index_select(1, classes.foreground);
  const Tensor sums = columns.sum(0);
  const Tensor empty = sums.le(0).to(matrix_.scalar_type());
  Tensor foreground = labels.slice(0, 0, classes.num_foreground).slice(1, 0, matrix_.size(0));
  foreground.copy_(columns.t());
  if (normalize) foreground.div_((sums + empty).unsqueeze(1));
  foreground.scatter_add_(1, classes.foreground.unsqueeze(1), empty.unsqueeze(1));
  return labels;
}

}  // namespace longtail

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
  if (collective.world_size() == 1) {
    if (classes.num_foreground == 0) return;
    move_rows(matrix_, classes.foreground, distribution, index, gamma, normalize);
    seen_.index_fill_(0, classes.foreground, 1);
    return;
  }
  // Ranks have different classes: they meet in a dense matrix, whose last column holds the counts.
  const Tensor ones = at::ones({index.size(0), 1}, matrix_.options());
  const Tensor rows = at::cat({distribution.to(matrix_.scalar_type()), ones}, 1);
  Tensor dense = at::zeros({matrix_.size(0), matrix_.size(1) + 1}, matrix_.options());
  dense.index_add_(0, classes.foreground.index_select(0, index), rows);
  collective.all_reduce_sum(dense);
  const Tensor counts = dense.select(1, matrix_.size(1)), present = counts.nonzero().view(-1);
  const Tensor means =
      dense.slice(1, 0, matrix_.size(1)).index_select(0, present) / counts.index_select(0, present).unsqueeze(1);
  const Tensor each = at::arange(present.size(0), present.options());
  move_rows(matrix_, present, means, each, gamma, normalize);
  seen_.index_fill_(0, present, 1);
}

}  // namespace longtail

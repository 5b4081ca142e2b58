#include "core/ops/boxes.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>

#include "core/ops/composed.h"

namespace longtail {
namespace {

using at::Tensor;

// Sizes are kept this far from 0 where they are divided by, so that boxes without area have finite deltas.
constexpr double kSmallestSize = 1e-3;

/// Columns of boxes: one box's IoU with all of them. `out` [count].
template <class T>
struct Columns {
  const T *x1, *y1, *x2, *y2, *area;
  std::int64_t count;
};

template <class T>
LONGTAIL_SIMD_INLINE void iou_row_loop(const T* box, const Columns<T>& b, T* __restrict out) {
  const T x1 = box[0], y1 = box[1], x2 = box[2], y2 = box[3], area = (x2 - x1) * (y2 - y1);
  for (std::int64_t j = 0; j < b.count; ++j) {
    const T left = x1 > b.x1[j] ? x1 : b.x1[j], right = x2 < b.x2[j] ? x2 : b.x2[j];
    const T top = y1 > b.y1[j] ? y1 : b.y1[j], bottom = y2 < b.y2[j] ? y2 : b.y2[j];
    const T width = right > left ? right - left : T(0), height = bottom > top ? bottom - top : T(0);
    const T intersection = width * height, both = area + b.area[j] - intersection;
    out[j] = both > 0 ? intersection / both : T(0);
  }
}
LONGTAIL_SIMD void iou_row(const float* box, const Columns<float>& b, float* out) { iou_row_loop(box, b, out); }
LONGTAIL_SIMD void iou_row(const double* box, const Columns<double>& b, double* out) { iou_row_loop(box, b, out); }

template <class T>
void box_iou_cpu(const Tensor& a, const Tensor& b, Tensor& out) {
  const Tensor columns = at::cat({b.t(), box_area(b).unsqueeze(0)}).contiguous();  // [5, M]
  const std::int64_t m = b.size(0);
  const T* c = columns.data_ptr<T>();
  const Columns<T> boxes{c, c + m, c + 2 * m, c + 3 * m, c + 4 * m, m};
  const T* rows = a.data_ptr<T>();
  T* values = out.data_ptr<T>();
  parallel_for(0, a.size(0), std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, m)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) iou_row(rows + 4 * i, boxes, values + i * m);
               });
}

struct CentredBoxes {
  Tensor x, y, width, height;
};

CentredBoxes centred(const Tensor& boxes) {
  const Tensor width = boxes.select(-1, 2) - boxes.select(-1, 0), height = boxes.select(-1, 3) - boxes.select(-1, 1);
  return {boxes.select(-1, 0) + 0.5 * width, boxes.select(-1, 1) + 0.5 * height, width, height};
}

Tensor row_of(const std::array<double, 4>& values, const Tensor& like) {
  return at::tensor(at::ArrayRef<double>(values), at::kDouble).to(like.options());
}

}  // namespace

Tensor box_area(const Tensor& boxes) {
  return (boxes.select(-1, 2) - boxes.select(-1, 0)) * (boxes.select(-1, 3) - boxes.select(-1, 1));
}

Tensor box_iou(const Tensor& a, const Tensor& b) {
  const at::NoGradGuard no_grad;
  if (a.device().is_cpu()) {
    Tensor out = at::empty({a.size(0), b.size(0)}, a.options());
    const Tensor other = b.to(a.scalar_type());
    AT_DISPATCH_FLOATING_TYPES(a.scalar_type(), "box_iou", [&] { box_iou_cpu<scalar_t>(a.contiguous(), other, out); });
    return out;
  }
  return box_iou_composed(a, b);
}

Tensor clip_boxes(const Tensor& boxes, double height, double width) {
  const Tensor limit = row_of({width, height, width, height}, boxes);
  return at::minimum(boxes.clamp_min(0), limit);
}

Tensor BoxCoder::encode(const Tensor& references, const Tensor& boxes) const {
  const CentredBoxes from = centred(references), to = centred(boxes);
  const Tensor width = from.width.clamp_min(kSmallestSize), height = from.height.clamp_min(kSmallestSize);
  const Tensor deltas =
      at::stack({(to.x - from.x) / width, (to.y - from.y) / height, (to.width.clamp_min(kSmallestSize) / width).log(),
                 (to.height.clamp_min(kSmallestSize) / height).log()},
                -1);
  return (deltas - row_of(means, deltas)) / row_of(stds, deltas);
}

Tensor BoxCoder::decode(const Tensor& references, const Tensor& deltas) const {
  const Tensor split =
      deltas.view({deltas.size(0), deltas.size(1) / 4, 4}) * row_of(stds, deltas) + row_of(means, deltas);
  const CentredBoxes from = centred(references.unsqueeze(1));  // [N, 1]
  const Tensor log_ratios = split.narrow(-1, 2, 2).clamp_max(max_log_ratio);
  const Tensor ratios = (clamp_below ? log_ratios.clamp_min(-max_log_ratio) : log_ratios).exp();
  const Tensor x = split.select(-1, 0) * from.width + from.x, y = split.select(-1, 1) * from.height + from.y;
  const Tensor half_width = 0.5 * (ratios.select(-1, 0) * from.width);
  const Tensor half_height = 0.5 * (ratios.select(-1, 1) * from.height);
  return at::stack({x - half_width, y - half_height, x + half_width, y + half_height}, -1).view_as(deltas);
}

}  // namespace longtail

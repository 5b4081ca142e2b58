#include "core/ops/nms.h"

#include <ATen/ATen.h>
#include <absl/container/flat_hash_map.h>
#include <longtail/parallel.h>
#include <longtail/simd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace longtail {
namespace {

using at::Tensor;

/// The boxes kept of one label, as columns.
struct Kept {
  float *x1, *y1, *x2, *y2, *area;
  std::int64_t count = 0;
};

/// Whether a kept box may overlap `box` by more than `threshold`; one division's rounding error too often.
LONGTAIL_SIMD bool may_overlap(const Kept& kept, std::int64_t begin, std::int64_t end, const float* box, float area,
                               float threshold) {
  const float x1 = box[0], y1 = box[1], x2 = box[2], y2 = box[3];
  int found = 0;
  for (std::int64_t j = begin; j < end; ++j) {
    const float left = x1 > kept.x1[j] ? x1 : kept.x1[j], right = x2 < kept.x2[j] ? x2 : kept.x2[j];
    const float top = y1 > kept.y1[j] ? y1 : kept.y1[j], bottom = y2 < kept.y2[j] ? y2 : kept.y2[j];
    const float width = right > left ? right - left : 0.0F, height = bottom > top ? bottom - top : 0.0F;
    const float intersection = width * height;
    found |= static_cast<int>(intersection > threshold * (kept.area[j] + area - intersection));
  }
  return found != 0;
}

/// The exact test, in the order of operations of the usual implementations.
bool overlaps(const Kept& kept, std::int64_t begin, std::int64_t end, const float* box, float area, double threshold) {
  for (std::int64_t j = begin; j < end; ++j) {
    const float width = std::max(0.0F, std::min(box[2], kept.x2[j]) - std::max(box[0], kept.x1[j]));
    const float height = std::max(0.0F, std::min(box[3], kept.y2[j]) - std::max(box[1], kept.y1[j]));
    const float intersection = width * height;
    if (intersection / (kept.area[j] + area - intersection) > threshold) return true;
  }
  return false;
}

bool suppressed(const Kept& kept, const float* box, float area, double threshold) {
  constexpr std::int64_t kBlock = 64;
  const auto loose = static_cast<float>(threshold * (1 - 1e-5));
  for (std::int64_t begin = 0; begin < kept.count; begin += kBlock) {
    const std::int64_t end = std::min(begin + kBlock, kept.count);
    if (may_overlap(kept, begin, end, box, area, loose) && overlaps(kept, begin, end, box, area, threshold))
      return true;
  }
  return false;
}

/// Rises as the score falls; NaN last.
std::uint32_t falling(float score) {
  if (std::isnan(score)) return std::numeric_limits<std::uint32_t>::max();
  const float unsigned_zero = score + 0.0F;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &unsigned_zero, sizeof(bits));
  return (bits >> 31U) != 0 ? bits : ~(bits | 0x80000000U);
}

/// Indices by falling score, equal scores by rising index.
std::vector<std::int32_t> order_by_score(const float* scores, std::int64_t count) {
  std::vector<std::uint64_t> keys(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = std::uint64_t{falling(scores[i])} << 32U | i;
  std::sort(keys.begin(), keys.end());
  std::vector<std::int32_t> order;
  order.reserve(keys.size());
  for (const std::uint64_t key : keys) order.push_back(static_cast<std::int32_t>(key & 0xffffffffU));
  return order;
}

/// Ranks (places in the order by score) of the boxes of each label: those of group g are members[starts[g]] to
/// members[starts[g + 1]].
struct Groups {
  std::vector<std::int32_t> starts{0}, members;
};

Groups group_by_label(const std::int64_t* labels, const std::vector<std::int32_t>& order) {
  absl::flat_hash_map<std::int64_t, std::int32_t> numbers;
  std::vector<std::int32_t> group_of, sizes;
  group_of.reserve(order.size());
  for (const std::int32_t index : order) {
    const auto entry = numbers.try_emplace(labels[index], static_cast<std::int32_t>(sizes.size()));
    if (entry.second) sizes.push_back(0);
    group_of.push_back(entry.first->second);
    ++sizes[static_cast<std::size_t>(entry.first->second)];
  }
  Groups groups;
  for (const std::int32_t size : sizes) groups.starts.push_back(groups.starts.back() + size);
  std::vector<std::int32_t> next(groups.starts.begin(), groups.starts.end() - 1);
  groups.members.resize(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    groups.members[static_cast<std::size_t>(next[static_cast<std::size_t>(group_of[rank])]++)] =
        static_cast<std::int32_t>(rank);
  }
  return groups;
}

struct Problem {
  const float* boxes;
  const std::vector<std::int32_t>& order;
  const Groups& groups;
  double threshold;
  std::int64_t max_kept;
};

/// Marks the ranks of one label's boxes that are kept. `columns` has room for 5 numbers of each of the boxes.
void suppress_group(const Problem& problem, std::size_t group, float* columns, std::uint8_t* keep) {
  const std::int32_t begin = problem.groups.starts[group], end = problem.groups.starts[group + 1];
  const std::int64_t room = end - begin;
  float* first = columns + 5 * static_cast<std::int64_t>(begin);
  Kept kept{first, first + room, first + 2 * room, first + 3 * room, first + 4 * room};
  for (std::int32_t m = begin; m < end && kept.count < problem.max_kept; ++m) {
    const std::int32_t rank = problem.groups.members[static_cast<std::size_t>(m)];
    const float* box = problem.boxes + 4 * static_cast<std::int64_t>(problem.order[static_cast<std::size_t>(rank)]);
    const float area = (box[2] - box[0]) * (box[3] - box[1]);
    if (suppressed(kept, box, area, problem.threshold)) continue;
    keep[rank] = 1;
    kept.x1[kept.count] = box[0];
    kept.y1[kept.count] = box[1];
    kept.x2[kept.count] = box[2];
    kept.y2[kept.count] = box[3];
    kept.area[kept.count++] = area;
  }
}

/// Whether there are so many pairs that threads are started sooner than the pairs are compared.
bool worth_threads(const Groups& groups) {
  constexpr std::int64_t kPairs = 1'000'000;
  std::int64_t pairs = 0;
  for (std::size_t g = 0; g + 1 < groups.starts.size(); ++g) {
    const std::int64_t size = groups.starts[g + 1] - groups.starts[g];
    pairs += size * size / 2;
  }
  return pairs > kPairs;
}

Tensor batched_nms_cpu(const Tensor& boxes, const Tensor& scores, const Tensor& labels, double iou,
                       std::int64_t max_kept) {
  const std::int64_t count = boxes.size(0);
  if (max_kept <= 0) max_kept = count;
  const std::vector<std::int32_t> order = order_by_score(scores.data_ptr<float>(), count);
  const Groups groups = group_by_label(labels.data_ptr<std::int64_t>(), order);
  const Problem problem{boxes.data_ptr<float>(), order, groups, iou, max_kept};
  std::vector<float> columns(5 * order.size());
  std::vector<std::uint8_t> keep(order.size());
  const auto num_groups = static_cast<std::int64_t>(groups.starts.size()) - 1;
  const std::int64_t grain = worth_threads(groups) ? 1 : num_groups;
  parallel_for(0, num_groups, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      suppress_group(problem, static_cast<std::size_t>(g), columns.data(), keep.data());
    }
  });
  std::vector<std::int64_t> result;
  for (std::size_t rank = 0; rank < order.size() && static_cast<std::int64_t>(result.size()) < max_kept; ++rank) {
    if (keep[rank] != 0) result.push_back(order[rank]);
  }
  return at::tensor(result, at::kLong);
}

}  // namespace

Tensor batched_nms(const Tensor& boxes, const Tensor& scores, const Tensor& labels, double iou, std::int64_t max_kept) {
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4 && scores.sizes() == labels.sizes() && scores.dim() == 1 &&
                  scores.size(0) == boxes.size(0),
              "batched_nms: boxes [N, 4], scores [N] and labels [N], but there are ", boxes.sizes(), ", ",
              scores.sizes(), " and ", labels.sizes());
  const at::NoGradGuard no_grad;
  // How many are kept is not known before, so every device has to wait for the answer; a few thousand boxes are on the
  // CPU and suppressed sooner than another device has started its kernels.
  const auto here = [](const Tensor& tensor, at::ScalarType type) { return tensor.to(at::kCPU, type).contiguous(); };
  return batched_nms_cpu(here(boxes, at::kFloat), here(scores, at::kFloat), here(labels, at::kLong), iou, max_kept)
      .to(boxes.device());
}

}  // namespace longtail

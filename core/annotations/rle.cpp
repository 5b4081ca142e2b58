#include "core/annotations/rle.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>

#include "core/annotations/rle_cursor.h"

namespace longtail {

Rle rle_encode(const std::uint8_t* mask, std::int32_t height, std::int32_t width) {
  Rle rle{height, width, {}};
  const std::int64_t pixels = std::int64_t{height} * width;
  bool set = false;
  std::int64_t start = 0;
  for (std::int64_t i = 0; i < pixels; ++i) {
    if ((mask[i] != 0) == set) continue;
    rle.counts.push_back(static_cast<std::uint32_t>(i - start));
    start = i;
    set = !set;
  }
  rle.counts.push_back(static_cast<std::uint32_t>(pixels - start));
  return rle;
}

void rle_decode(const Rle& rle, std::uint8_t* mask) {
  std::uint8_t* const end = mask + std::int64_t{rle.height} * rle.width;
  std::uint8_t value = 0;
  for (const std::uint32_t count : rle.counts) {
    const std::int64_t run = std::min<std::int64_t>(count, end - mask);
    std::fill_n(mask, run, value);
    mask += run;
    value = value == 0 ? 1 : 0;
  }
  std::fill(mask, end, std::uint8_t{0});  // counts that are too short
}

std::uint64_t rle_area(const Rle& rle) {
  std::uint64_t area = 0;
  for (std::size_t i = 1; i < rle.counts.size(); i += 2) area += rle.counts[i];
  return area;
}

BoxXywh rle_box(const Rle& rle) {
  const std::int64_t height = rle.height;
  std::int64_t left = rle.width, top = height, right = -1, bottom = -1;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < rle.counts.size(); ++i) {
    const std::int64_t begin = end;
    end += rle.counts[i];
    if (i % 2 == 0 || begin == end || height == 0) continue;
    const std::int64_t first_column = begin / height, last_column = (end - 1) / height;
    left = std::min(left, first_column);
    right = std::max(right, last_column);
    const bool one_column = first_column == last_column;
    top = std::min(top, one_column ? begin % height : 0);
    bottom = std::max(bottom, one_column ? (end - 1) % height : height - 1);
  }
  if (right < 0) return {};
  return {static_cast<double>(left), static_cast<double>(top), static_cast<double>(right - left + 1),
          static_cast<double>(bottom - top + 1)};
}

namespace {

Rle merge_two(const Rle& a, const Rle& b, bool intersection) {
  Rle merged{a.height, a.width, {}};
  RleCursor first(a), second(b);
  bool set = false;
  std::uint32_t run = 0;
  while (!first.done() || !second.done()) {
    const std::uint32_t step = RleCursor::shorter(first, second);
    run += step;
    first.advance(step);
    second.advance(step);
    const bool next = intersection ? first.set() && second.set() : first.set() || second.set();
    const bool last = first.done() && second.done();
    if (next == set && !last) continue;
    merged.counts.push_back(run);
    run = 0;
    set = next;
  }
  if (merged.counts.empty()) merged.counts.push_back(0);  // a mask without pixels
  return merged;
}

}  // namespace

Rle rle_merge(const std::vector<Rle>& masks, bool intersection) {
  if (masks.empty()) return {};
  Rle merged = masks.front();
  for (std::size_t i = 1; i < masks.size(); ++i) {
    if (masks[i].height != merged.height || masks[i].width != merged.width) {
      throw DataError(fmt::format("masks of {} x {} and {} x {} cannot be merged; they must have one size",
                                  merged.height, merged.width, masks[i].height, masks[i].width));
    }
    merged = merge_two(merged, masks[i], intersection);
  }
  return merged;
}

namespace {

/// Intersection over union of two masks of one size; over the detection's own area for a crowd.
double iou_of(const Rle& det, const Rle& gt, bool crowd) {
  RleCursor first(det), second(gt);
  std::uint64_t common = 0, either = 0;
  while (!first.done() || !second.done()) {
    const std::uint32_t step = RleCursor::shorter(first, second);
    if (first.set() || second.set()) either += step;
    if (first.set() && second.set()) common += step;
    first.advance(step);
    second.advance(step);
  }
  if (common == 0) return 0;
  return static_cast<double>(common) / static_cast<double>(crowd ? rle_area(det) : either);
}

}  // namespace

std::vector<double> rle_iou(const std::vector<Rle>& dets, const std::vector<Rle>& gts,
                            const std::vector<std::uint8_t>& crowd) {
  std::vector<BoxXywh> det_boxes, gt_boxes;
  for (const Rle& det : dets) det_boxes.push_back(rle_box(det));
  for (const Rle& gt : gts) gt_boxes.push_back(rle_box(gt));
  std::vector<double> ious = box_iou(det_boxes, gt_boxes, crowd);
  for (std::size_t d = 0; d < dets.size(); ++d) {
    for (std::size_t g = 0; g < gts.size(); ++g) {
      double& iou = ious[d * gts.size() + g];
      if (iou <= 0) continue;  // boxes apart: so are the masks
      if (dets[d].height != gts[g].height || dets[d].width != gts[g].width) {
        throw DataError(fmt::format("masks of {} x {} and {} x {} cannot be compared; they must have one size",
                                    dets[d].height, dets[d].width, gts[g].height, gts[g].width));
      }
      iou = iou_of(dets[d], gts[g], !crowd.empty() && crowd[g] != 0);
    }
  }
  return ious;
}

std::vector<double> box_iou(const std::vector<BoxXywh>& dets, const std::vector<BoxXywh>& gts,
                            const std::vector<std::uint8_t>& crowd) {
  std::vector<double> ious(dets.size() * gts.size(), 0.0);
  for (std::size_t d = 0; d < dets.size(); ++d) {
    const BoxXywh& det = dets[d];
    for (std::size_t g = 0; g < gts.size(); ++g) {
      const BoxXywh& gt = gts[g];
      const double width = std::fmin(det.w + det.x, gt.w + gt.x) - std::fmax(det.x, gt.x);
      if (width <= 0) continue;
      const double height = std::fmin(det.h + det.y, gt.h + gt.y) - std::fmax(det.y, gt.y);
      if (height <= 0) continue;
      const double common = width * height;
      const double det_area = det.w * det.h;
      const bool of_crowd = !crowd.empty() && crowd[g] != 0;
      ious[d * gts.size() + g] = common / (of_crowd ? det_area : det_area + gt.w * gt.h - common);
    }
  }
  return ious;
}

}  // namespace longtail

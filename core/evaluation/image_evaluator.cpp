#include "core/evaluation/image_evaluator.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace longtail {
namespace {

using Protocol = DetectionEvaluatorOptions::Protocol;

bool has_mask(const DetectionRecord& detection) { return !detection.mask.counts.empty(); }

double area_of(const DetectionRecord& detection) {
  return detection.has_box ? detection.box.w * detection.box.h : static_cast<double>(rle_area(detection.mask));
}

bool has_area(double area) { return area > 0 && std::isfinite(area); }

bool contains(const std::vector<std::int32_t>& sorted, std::int32_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

template <class Less>
std::vector<std::size_t> stable_order(std::size_t count, const Less& less) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), less);
  return order;
}

/// The best `most` of an image over all classes, whatever becomes of them; nothing is moved if there are no more.
void keep_best(std::vector<DetectionRecord>& detections, std::int64_t most) {
  if (static_cast<std::int64_t>(detections.size()) <= most) return;
  std::stable_sort(detections.begin(), detections.end(),
                   [](const DetectionRecord& a, const DetectionRecord& b) { return a.score > b.score; });
  detections.resize(static_cast<std::size_t>(most));
}

}  // namespace

bool ImageEvaluator::counts(const ObjectRecord& object) const {
  return options_.protocol == Protocol::coco || has_area(object.area);
}

bool ImageEvaluator::ignored(const ObjectRecord& object) const {
  return options_.protocol == Protocol::coco ? object.crowd : object.ignore;
}

ImageEvaluator::Group ImageEvaluator::targets_of(std::int64_t image, std::int32_t class_index) const {
  const ImageRecord& record = set_.images[static_cast<std::size_t>(image)];
  Group targets;
  for (std::int64_t o = record.first_object; o < record.first_object + record.num_objects; ++o) {
    const ObjectRecord& object = set_.objects[static_cast<std::size_t>(o)];
    if (object.class_index == class_index && counts(object)) targets.push_back(o);
  }
  return targets;
}

// LVIS knows of a class on an image whether it is there only if it is labelled or listed as absent.
bool ImageEvaluator::listed(std::int64_t image, std::int32_t class_index) const {
  return options_.protocol == Protocol::coco ||
         contains(set_.images[static_cast<std::size_t>(image)].negative_classes, class_index) ||
         !targets_of(image, class_index).empty();
}

ImageEvaluator::Sorted ImageEvaluator::sort(std::int64_t image, std::vector<DetectionRecord> detections) const {
  const bool lvis = options_.protocol == Protocol::lvis;
  const ImageRecord& record = set_.images[static_cast<std::size_t>(image)];
  if (lvis) keep_best(detections, options_.max_dets);
  const auto order = stable_order(detections.size(), [&](std::size_t a, std::size_t b) {
    const DetectionRecord &first = detections[a], &second = detections[b];
    if (first.class_index != second.class_index) return first.class_index < second.class_index;
    return first.score > second.score;
  });
  Sorted sorted;
  std::int32_t current = -1;
  bool current_listed = false;
  std::int64_t of_class = 0;
  for (const std::size_t index : order) {
    DetectionRecord& detection = detections[index];
    if (detection.class_index < 0 || detection.class_index >= set_.num_classes()) continue;
    if (detection.class_index != current) {
      current = detection.class_index;
      current_listed = listed(image, current);
      of_class = 0;
    }
    const double area = area_of(detection);
    if (!current_listed || (lvis && !has_area(area))) continue;
    if (!lvis && of_class++ >= options_.max_dets) continue;
    if (record.height > 0 && has_mask(detection) &&
        (detection.mask.height != record.height || detection.mask.width != record.width)) {
      throw DataError(fmt::format("a detection of image {} has a mask of {} x {}, but the image is {} x {}",
                                  to_json(record.key()), detection.mask.height, detection.mask.width, record.height,
                                  record.width));
    }
    sorted.areas.push_back(area);
    sorted.detections.push_back(std::move(detection));
  }
  return sorted;
}

std::vector<double> ImageEvaluator::ious(const DetectionRecord* dets, std::size_t num_dets, const Group& targets,
                                         IouType type) const {
  if (targets.empty()) return {};
  std::vector<std::uint8_t> crowd;
  if (options_.protocol == Protocol::coco) {
    for (const std::int64_t target : targets)
      crowd.push_back(set_.objects[static_cast<std::size_t>(target)].crowd ? 1 : 0);
  }
  if (type == IouType::bbox) {
    std::vector<BoxXywh> det_boxes, target_boxes;
    for (std::size_t i = 0; i < num_dets; ++i) {
      det_boxes.push_back(dets[i].has_box ? dets[i].box : rle_box(dets[i].mask));
    }
    for (const std::int64_t target : targets)
      target_boxes.push_back(set_.objects[static_cast<std::size_t>(target)].box);
    return box_iou(det_boxes, target_boxes, crowd);
  }
  std::vector<Rle> det_masks, target_masks;
  const ImageRecord& image = set_.image_of_object(targets.front());
  for (std::size_t i = 0; i < num_dets; ++i) {
    det_masks.push_back(has_mask(dets[i]) ? dets[i].mask : rle_from_box(dets[i].box, image.height, image.width));
  }
  for (const std::int64_t target : targets) target_masks.push_back(set_.mask(target));
  return rle_iou(det_masks, target_masks, crowd);
}

std::vector<JudgedDetection> ImageEvaluator::judge(std::int64_t image, const Sorted& sorted, IouType type) const {
  const bool lvis = options_.protocol == Protocol::lvis;
  const ImageRecord& record = set_.images[static_cast<std::size_t>(image)];
  std::vector<JudgedDetection> judged;
  for (std::size_t first = 0, last = 0; first < sorted.detections.size(); first = last) {
    const std::int32_t class_index = sorted.detections[first].class_index;
    while (last < sorted.detections.size() && sorted.detections[last].class_index == class_index) ++last;
    const Group group = targets_of(image, class_index);
    std::vector<MatchTarget> targets;
    for (const std::int64_t o : group) {
      const ObjectRecord& object = set_.objects[static_cast<std::size_t>(o)];
      targets.push_back({object.area, ignored(object), !lvis && object.crowd});
    }
    const std::vector<double> areas(sorted.areas.begin() + static_cast<std::ptrdiff_t>(first),
                                    sorted.areas.begin() + static_cast<std::ptrdiff_t>(last));
    const bool not_exhaustive = lvis && contains(record.not_exhaustive_classes, class_index);
    const std::vector<Verdict> verdicts =
        match_detections(ious(&sorted.detections[first], last - first, group, type), areas, targets, not_exhaustive);
    for (std::size_t i = first; i < last; ++i) {
      judged.push_back({class_index,
                        {sorted.detections[i].score, static_cast<std::uint32_t>(image),
                         static_cast<std::uint32_t>(i - first), verdicts[i - first]}});
    }
  }
  return judged;
}

}  // namespace longtail

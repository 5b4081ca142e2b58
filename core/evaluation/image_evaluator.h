#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/evaluation/detection_evaluator.h"
#include "core/evaluation/precision_recall.h"

namespace longtail {

enum class IouType { bbox, segm };

/// Verdict on one detection of an image.
struct JudgedDetection {
  std::int32_t class_index = 0;
  ScoredDetection scored;
};

/// Judges the detections of single images by the rules of a protocol. Const and without memory of its own: any number
/// of threads may use it.
class ImageEvaluator {
 public:
  ImageEvaluator(const AnnotationSet& ground_truth, const DetectionEvaluatorOptions& options)
      : set_(ground_truth), options_(options) {}

  /// Detections of an image that count, best first within each class.
  struct Sorted {
    std::vector<DetectionRecord> detections;
    std::vector<double> areas;
  };
  /// Throws DataError for a mask that is not of the image's size.
  Sorted sort(std::int64_t image, std::vector<DetectionRecord> detections) const;
  std::vector<JudgedDetection> judge(std::int64_t image, const Sorted& sorted, IouType type) const;

  /// Ground truth that counts at all: LVIS leaves out what has no area.
  bool counts(const ObjectRecord& object) const;
  /// Neither a hit nor a miss: `ignore` by LVIS, crowds by COCO.
  bool ignored(const ObjectRecord& object) const;

 private:
  using Group = std::vector<std::int64_t>;  // indices into set_.objects
  Group targets_of(std::int64_t image, std::int32_t class_index) const;
  bool listed(std::int64_t image, std::int32_t class_index) const;
  std::vector<double> ious(const DetectionRecord* dets, std::size_t num_dets, const Group& targets, IouType type) const;

  const AnnotationSet& set_;
  const DetectionEvaluatorOptions& options_;
};

}  // namespace longtail

#pragma once

#include <longtail/export.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/annotations/annotation_set.h"
#include "core/data/frequency_split.h"

namespace longtail {

/// One detection of an image, as a results file or a model gives it.
struct DetectionRecord {
  std::int32_t class_index = 0;  // -1: a class that the annotations do not have; it counts towards the limit only
  double score = 0;
  bool has_box = true;  // with a box the area is w * h, for masks too; the mask's area only without one
  BoxXywh box;
  Rle mask;  // empty counts: none; its box stands for it
};

/// How often training sees each class, where that is known.
struct TrainingCounts {
  std::vector<std::int64_t> images;   // [C], or empty: not known
  std::vector<std::int64_t> objects;  // [C], or empty
  FrequencyBounds bounds;
  std::string source;  // the file that was counted

  bool known() const { return !images.empty(); }
};

struct DetectionEvaluatorOptions {
  enum class Protocol { lvis, coco };
  Protocol protocol = Protocol::lvis;
  std::string protocol_reason;  // why this one; goes into the tables
  bool bbox = true;
  bool segm = true;
  std::int64_t max_dets = 0;  // of an image over all classes (lvis), of an image and class (coco); 0: 300 and 100
  TrainingCounts training;    // where known, groups of classes without a frequency, and APr, APc and APf by COCO too
  int threads = 0;            // 0: one for each core; results do not depend on it
};

/// Average precision by the rules of lvis-api or pycocotools, to the last digit. Images may come in any order and from
/// several threads; only what the final curves need is kept of each.
class LONGTAIL_API DetectionEvaluator {
 public:
  /// `ground_truth` outlives the evaluator.
  DetectionEvaluator(const AnnotationSet& ground_truth, DetectionEvaluatorOptions options);
  ~DetectionEvaluator();

  /// All detections of one image, once. `image` indexes ground_truth.images. Throws DataError for a mask that is not of
  /// the image's size.
  void add(std::int64_t image, std::vector<DetectionRecord> detections);

  /// Whether masks are compared: without, a detection with a box needs none.
  bool needs_masks() const;

  /// "bbox" and "segm" -> lvis-api's names (AP, AP50, AP75, APs, APm, APl, APr, APc, APf, AR@300, ARs@300 ...) or
  /// pycocotools' 12 (AP ... APl, AR@1, AR@10, AR@100, ARs@100 ...), with APr, APc and APf where training counts are
  /// known. Fractions; -1 where undefined. Images that were never added count as without detections.
  std::map<std::string, std::map<std::string, double>> metrics() const;
  /// The names under each kind, in the order of the reference tools.
  std::vector<std::string> metric_names() const;
  /// AP of each class [C] for "bbox" or "segm"; -1 where undefined.
  std::vector<double> class_ap(const std::string& iou_type) const;
  /// A line a class: id, name, frequency (its group), image_count and instance_count of the training set (empty where
  /// they are not known), AP of each kind, and the protocol and why it was chosen, the same on each line.
  std::string per_class_csv() const;
  /// What the numbers were made by: protocol (lvis or coco), protocol_reason and, where classes are grouped,
  /// frequency_source.
  std::map<std::string, std::string> facts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longtail

#include "core/evaluation/detection_evaluator.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/evaluation/csv.h"
#include "core/evaluation/detection_summary.h"
#include "core/evaluation/image_evaluator.h"
#include "core/evaluation/precision_recall.h"
#include "core/system/workers.h"

namespace longtail {
namespace {

constexpr std::int64_t kLvisMaxDets = 300;
constexpr std::int64_t kCocoMaxDets = 100;

DetectionEvaluatorOptions resolved(DetectionEvaluatorOptions options) {
  if (options.max_dets == 0) {
    options.max_dets = options.protocol == DetectionEvaluatorOptions::Protocol::lvis ? kLvisMaxDets : kCocoMaxDets;
  }
  return options;
}

/// What one kind of IoU needs in the end.
struct Judgements {
  std::vector<std::vector<ScoredDetection>> of_class;
  std::optional<std::vector<ClassCurves>> curves;  // until a further image is added
};

}  // namespace

struct DetectionEvaluator::State {
  State(const AnnotationSet& ground_truth, const DetectionEvaluatorOptions& wanted)
      : set(ground_truth),
        options(resolved(wanted)),
        images(set, options),
        num_targets(set.categories.size()),
        added(set.images.size()) {
    if (options.bbox) kinds["bbox"].of_class.resize(set.categories.size());
    if (options.segm) kinds["segm"].of_class.resize(set.categories.size());
    for (const ObjectRecord& object : set.objects) {
      if (!images.counts(object) || images.ignored(object)) continue;
      auto& of_class = num_targets[static_cast<std::size_t>(object.class_index)];
      for (std::size_t area = 0; area < of_class.size(); ++area) {
        if (kAreaBounds[area].holds(object.area)) ++of_class[area];
      }
    }
  }

  void append(const std::string& kind, const std::vector<JudgedDetection>& judged) {
    Judgements& judgements = kinds.at(kind);
    judgements.curves.reset();
    for (const JudgedDetection& detection : judged) {
      const Verdict& verdict = detection.scored.verdict;
      if (verdict.right == 0 && verdict.wrong == 0) continue;  // ignored throughout
      judgements.of_class[static_cast<std::size_t>(detection.class_index)].push_back(detection.scored);
    }
  }

  /// Call it with the mutex held.
  const std::vector<ClassCurves>& curves(const std::string& kind) {
    const auto found = kinds.find(kind);
    if (found == kinds.end()) throw Error(ExitCode::other, fmt::format("'{}' was not evaluated", kind));
    Judgements& judgements = found->second;
    if (!judgements.curves) {
      std::vector<ClassCurves> curves(set.categories.size());
      for_each_piece(set.num_classes(), options.threads, [&](std::int64_t c, int) {
        const auto index = static_cast<std::size_t>(c);
        curves[index] = class_curves(judgements.of_class[index], num_targets[index]);
      });
      judgements.curves = std::move(curves);
    }
    return *judgements.curves;
  }

  const AnnotationSet& set;
  const DetectionEvaluatorOptions options;
  const ImageEvaluator images;
  std::vector<std::array<std::int64_t, kAreaRanges>> num_targets;  // of each class
  std::mutex mutex;                                                // guards what follows
  std::vector<bool> added;
  std::map<std::string, Judgements> kinds;
};

DetectionEvaluator::DetectionEvaluator(const AnnotationSet& ground_truth, DetectionEvaluatorOptions options)
    : state_(std::make_unique<State>(ground_truth, options)) {}

DetectionEvaluator::~DetectionEvaluator() = default;

void DetectionEvaluator::add(std::int64_t image, std::vector<DetectionRecord> detections) {
  const ImageEvaluator::Sorted sorted = state_->images.sort(image, std::move(detections));
  std::vector<JudgedDetection> by_box, by_mask;
  if (state_->options.bbox) by_box = state_->images.judge(image, sorted, IouType::bbox);
  if (state_->options.segm) by_mask = state_->images.judge(image, sorted, IouType::segm);
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const auto index = static_cast<std::size_t>(image);
  if (state_->added[index]) {
    throw Error(ExitCode::other, fmt::format("image {} was evaluated twice; give all its detections at once",
                                             state_->set.images[index].id));
  }
  state_->added[index] = true;
  if (state_->options.bbox) state_->append("bbox", by_box);
  if (state_->options.segm) state_->append("segm", by_mask);
}

bool DetectionEvaluator::needs_masks() const { return state_->options.segm; }

std::map<std::string, std::map<std::string, double>> DetectionEvaluator::metrics() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const bool lvis = state_->options.protocol == DetectionEvaluatorOptions::Protocol::lvis;
  std::map<std::string, std::map<std::string, double>> metrics;
  for (const auto& [kind, judgements] : state_->kinds) {
    const std::vector<ClassCurves>& curves = state_->curves(kind);
    metrics[kind] = lvis ? lvis_summary(curves, state_->set.categories, state_->options.max_dets)
                         : coco_summary(curves, state_->options.max_dets);
  }
  return metrics;
}

std::vector<std::string> DetectionEvaluator::metric_names() const {
  const bool lvis = state_->options.protocol == DetectionEvaluatorOptions::Protocol::lvis;
  return lvis ? lvis_names(state_->options.max_dets) : coco_names(state_->options.max_dets);
}

std::vector<double> DetectionEvaluator::class_ap(const std::string& iou_type) const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<double> ap;
  for (const ClassCurves& curves : state_->curves(iou_type)) ap.push_back(class_average_precision(curves));
  return ap;
}

std::string DetectionEvaluator::per_class_csv() const {
  std::string header = "id,name,frequency,image_count,instance_count";
  std::vector<std::vector<double>> columns;
  for (const auto& [kind, judgements] : state_->kinds) {
    header += fmt::format(",{}_AP", kind);
    columns.push_back(class_ap(kind));
  }
  std::string text = header + "\n";
  for (std::size_t c = 0; c < state_->set.categories.size(); ++c) {
    const Category& category = state_->set.categories[c];
    text += fmt::format("{},{},{},{},{}", category.id, csv_field(category.name),
                        category.frequency == 0 ? "" : std::string(1, category.frequency), category.image_count,
                        category.instance_count);
    for (const std::vector<double>& column : columns) text += fmt::format(",{}", column[c]);
    text += "\n";
  }
  return text;
}

DetectionEvaluatorOptions::Protocol protocol_for(const AnnotationSet& set, const std::string& name,
                                                 const std::string& file, const std::string& remedy) {
  if (name == "coco" || (name == "auto" && !set.is_lvis)) return DetectionEvaluatorOptions::Protocol::coco;
  if (set.is_lvis) return DetectionEvaluatorOptions::Protocol::lvis;
  throw DataError(fmt::format("{}: has no frequencies and neg_category_ids, as LVIS needs; use {}", file, remedy));
}

}  // namespace longtail

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

const char* name_of(DetectionEvaluatorOptions::Protocol protocol) {
  return protocol == DetectionEvaluatorOptions::Protocol::lvis ? "lvis" : "coco";
}

/// The group of each class: the file's, else that of its training images, else 0.
std::vector<char> groups_of(const AnnotationSet& set, const TrainingCounts& training) {
  std::vector<char> groups;
  for (std::size_t c = 0; c < set.categories.size(); ++c) {
    const char told = set.categories[c].frequency;
    groups.push_back(told != 0 || !training.known() ? told : frequency_of(training.images[c], training.bounds));
  }
  return groups;
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
        groups(groups_of(set, options.training)),
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
  bool lvis() const { return options.protocol == DetectionEvaluatorOptions::Protocol::lvis; }

  /// Images and objects of a class in training, for a table: "120,300", or "," where they are not known.
  std::string counts_of(std::size_t c) const {
    const Category& category = set.categories[c];
    if (options.training.known()) {
      return fmt::format("{},{}", options.training.images[c], options.training.objects[c]);
    }
    // LVIS's files tell those of the training set.
    const bool told = category.counts_told && category.frequency != 0;
    return told ? fmt::format("{},{}", category.image_count, category.instance_count) : ",";
  }

  const ImageEvaluator images;
  const std::vector<char> groups;                                  // of each class
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
                                             to_json(state_->set.images[index].key())));
  }
  state_->added[index] = true;
  if (state_->options.bbox) state_->append("bbox", by_box);
  if (state_->options.segm) state_->append("segm", by_mask);
}

bool DetectionEvaluator::needs_masks() const { return state_->options.segm; }

std::map<std::string, std::map<std::string, double>> DetectionEvaluator::metrics() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const std::vector<char> coco_groups = state_->options.training.known() ? state_->groups : std::vector<char>();
  std::map<std::string, std::map<std::string, double>> metrics;
  for (const auto& [kind, judgements] : state_->kinds) {
    const std::vector<ClassCurves>& curves = state_->curves(kind);
    metrics[kind] = state_->lvis() ? lvis_summary(curves, state_->groups, state_->options.max_dets)
                                   : coco_summary(curves, coco_groups, state_->options.max_dets);
  }
  return metrics;
}

std::vector<std::string> DetectionEvaluator::metric_names() const {
  const std::int64_t max_dets = state_->options.max_dets;
  return state_->lvis() ? lvis_names(max_dets) : coco_names(max_dets, state_->options.training.known());
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
  const std::string protocol =
      fmt::format(",{},{}", name_of(state_->options.protocol), csv_field(state_->options.protocol_reason));
  std::string text = header + ",protocol,protocol_reason\n";
  for (std::size_t c = 0; c < state_->set.categories.size(); ++c) {
    const Category& category = state_->set.categories[c];
    const char group = state_->groups[c];
    const std::string id = category.text_id.empty() ? std::to_string(category.id) : csv_field(category.text_id);
    text += fmt::format("{},{},{},{}", id, csv_field(category.name), group == 0 ? "" : std::string(1, group),
                        state_->counts_of(c));
    for (const std::vector<double>& column : columns) text += fmt::format(",{}", column[c]);
    text += protocol + "\n";
  }
  return text;
}

std::map<std::string, std::string> DetectionEvaluator::facts() const {
  std::map<std::string, std::string> facts{{"protocol", name_of(state_->options.protocol)},
                                           {"protocol_reason", state_->options.protocol_reason}};
  const TrainingCounts& training = state_->options.training;
  const auto& categories = state_->set.categories;
  const auto told = std::count_if(categories.begin(), categories.end(), [](const auto& c) { return c.frequency != 0; });
  std::string source = told > 0 ? "the annotations" : "";
  if (training.known() && told < state_->set.num_classes()) {
    source += fmt::format("{}training images in {}: r up to {}, c up to {}, f above", told > 0 ? "; else " : "",
                          training.source, training.bounds.rare, training.bounds.common);
  }
  if (!source.empty() && (state_->lvis() || training.known())) facts["frequency_source"] = source;
  return facts;
}

}  // namespace longtail

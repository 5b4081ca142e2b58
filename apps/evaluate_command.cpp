#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/command.h"
#include "apps/print.h"
#include "apps/usage_error.h"
#include "core/evaluation/detection_evaluator.h"
#include "core/evaluation/ground_truth.h"
#include "core/evaluation/metrics_table.h"
#include "core/evaluation/results_file.h"
#include "core/io/atomic_file.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

using Protocol = DetectionEvaluatorOptions::Protocol;

struct EvaluateArguments {
  std::string annotations, results, train_annotations, protocol, per_class, out;
  std::vector<std::string> iou;
  DetectionEvaluatorOptions options;
  FrequencyBounds bounds;
  bool skip_broken = false;
  bool json = false;

  BadAnnotation policy() const { return skip_broken ? BadAnnotation::skip : BadAnnotation::stop; }
};

AnnotationSet read_set(const EvaluateArguments& arguments, const std::string& file) {
  AnnotationProblems problems;
  AnnotationSet set = read_annotations(file, arguments.policy(), &problems);
  if (problems.any()) {
    warn(fmt::format("{} {} left out, such as {}", to_string(problems), if_one(problems.count(), "was", "were"),
                     problems.examples.front()));
  }
  return set;
}

TrainingCounts read_training(const EvaluateArguments& arguments, const AnnotationSet& set) {
  if (arguments.train_annotations.empty()) return {};
  std::int64_t missing = 0;
  TrainingCounts counts = count_training(set, read_set(arguments, arguments.train_annotations),
                                         arguments.train_annotations, arguments.bounds, missing);
  if (missing > 0) {
    warn(fmt::format("{} of {} {} not in {}: {} as never trained", missing,
                     counted(set.num_classes(), "category", "categories"), if_one(missing, "is", "are"),
                     arguments.train_annotations, if_one(missing, "it counts", "they count")));
  }
  return counts;
}

/// Whether masks are compared: they need the images' sizes.
bool wants_masks(const EvaluateArguments& arguments, const AnnotationSet& set, bool asked) {
  if (!asked && (!arguments.iou.empty() || !has_outlines(set))) return false;
  if (asked && !set.objects.empty() && !has_outlines(set)) {
    throw DataError(fmt::format("{}: has no outlines to evaluate masks with; use --iou bbox", arguments.annotations));
  }
  for (const ImageRecord& image : set.images) {
    if (image.width > 0) continue;
    const std::string what = fmt::format("{}: image {} has no width and height, which masks need",
                                         arguments.annotations, to_json(image.key()));
    if (asked) throw DataError(what + "; add them, or use --iou bbox");
    warn(what + ": only boxes are evaluated");
    return false;
  }
  return true;
}

DetectionEvaluatorOptions options_for(const EvaluateArguments& arguments, const AnnotationSet& set) {
  DetectionEvaluatorOptions options = arguments.options;
  choose_protocol(set, arguments.protocol.empty() ? "auto" : arguments.protocol, arguments.annotations,
                  "--protocol coco", options);
  const auto asked = [&](const char* kind) {
    return std::find(arguments.iou.begin(), arguments.iou.end(), kind) != arguments.iou.end();
  };
  options.bbox = arguments.iou.empty() || asked("bbox");
  options.segm = wants_masks(arguments, set, asked("segm"));
  options.training = read_training(arguments, set);
  for (const std::string& text : ground_truth_warnings(set, arguments.annotations, options)) warn(text);
  return options;
}

/// What --limit-batches has left bears that in its name.
void warn_of_partial(const std::string& results) {
  if (results.find(".partial.") == std::string::npos) return;
  warn(
      fmt::format("{} holds the detections of a part of the images only: the others count as if nothing was found on "
                  "them",
                  results));
}

void warn_of_results(const EvaluateArguments& arguments, const ResultsFile& results,
                     const DetectionEvaluatorOptions& options) {
  if (results.size() == 0) {
    warn(fmt::format("{} has no detections: no object is found", arguments.results));
  } else if (options.segm && !results.has_masks()) {
    warn(fmt::format("{} has no masks: segm takes boxes for masks, as lvis-api does", arguments.results));
  }
}

/// What shows only when all detections have been read.
void warn_of_detections(const EvaluateArguments& arguments, const ResultsFile& results) {
  if (const AnnotationProblems broken = results.broken(); broken.any()) {
    warn(fmt::format("{} {} left out, such as {}", counted(broken.skipped, "broken detection"),
                     if_one(broken.skipped, "was", "were"), broken.examples.front()));
  }
  if (const std::int64_t unknown = results.unknown_categories(); unknown > 0) {
    warn(fmt::format("{} of {} {} a category_id that {} does not have: {} for nothing", unknown,
                     counted(results.size(), "detection"), if_one(unknown, "has", "have"), arguments.annotations,
                     if_one(unknown, "it counts", "they count")));
  }
}

nlohmann::ordered_json to_json(const DetectionEvaluator& evaluator) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [kind, values] : evaluator.metrics()) {
    for (const std::string& name : evaluator.metric_names()) out[kind][name] = values.at(name);
  }
  for (const auto& [fact, text] : evaluator.facts()) out[fact] = text;
  return out;
}

void run(const EvaluateArguments& arguments) {
  require_place_for("--out", arguments.out);
  require_place_for("--per-class", arguments.per_class);
  const AnnotationSet set = read_set(arguments, arguments.annotations);
  const DetectionEvaluatorOptions options = options_for(arguments, set);
  const ResultsFile results(arguments.results, set, arguments.policy());
  warn_of_results(arguments, results, options);
  warn_of_partial(arguments.results);
  DetectionEvaluator evaluator(set, options);
  add_results(results, evaluator, options.threads);
  warn_of_detections(arguments, results);
  const nlohmann::ordered_json metrics = to_json(evaluator);
  if (!arguments.out.empty()) write_file_atomically(arguments.out, {json_text(metrics)});
  if (!arguments.per_class.empty()) write_file_atomically(arguments.per_class, {evaluator.per_class_csv()});
  if (arguments.json) {
    fmt::print("{}", json_text(metrics));
    return;
  }
  fmt::print("{}, {}, {}; {} on {}; {} protocol\n", counted(set.images.size(), "image"),
             counted(set.objects.size(), "object"), counted(set.num_classes(), "class", "classes"),
             counted(results.size(), "detection"), counted(results.images().size(), "image"),
             options.protocol == Protocol::lvis ? "LVIS" : "COCO");
  fmt::print("{}", metrics_table(evaluator.metrics()));
}

}  // namespace

void add_evaluate_command(CLI::App& app, Globals&) {
  auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App& verb = *app.add_subcommand("evaluate", "Evaluate a file of detections as lvis-api or pycocotools do");
  verb.add_option("--annotations", arguments->annotations, "Ground truth: a COCO or LVIS JSON file")->required();
  verb.add_option("--results", arguments->results, "Detections: a COCO results file")->required();
  verb.add_option("--train-annotations", arguments->train_annotations,
                  "Annotations of the training set: its counts group the classes into rare, common and frequent");
  verb.add_option("--rare-at-most", arguments->bounds.rare,
                  "APr: classes on so many training images or fewer, where no frequency is annotated")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.add_option("--common-at-most", arguments->bounds.common, "APc: more than that, and so many or fewer; APf: more")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.add_option("--iou", arguments->iou, "bbox, segm or bbox,segm; both where nothing is said")
      ->delimiter(',')
      ->check(CLI::IsMember({"bbox", "segm"}));
  verb.add_option("--protocol", arguments->protocol, "lvis or coco; where nothing is said, that of the annotations")
      ->check(CLI::IsMember({"lvis", "coco"}));
  verb.add_option("--max-dets", arguments->options.max_dets,
                  "Detections of an image (lvis: 300) or of an image and class (coco: 100) that count")
      ->check(whole_number(1));
  verb.add_option("--per-class", arguments->per_class, "CSV file to write: AP of each class");
  verb.add_option("--out", arguments->out,
                  "JSON file to write: the metrics, fractions in [0, 1], -1 where undefined, and the protocol");
  verb.add_option("--threads", arguments->options.threads, "0: one for each core")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.add_flag("--skip-broken", arguments->skip_broken,
                "Leave broken objects, polygons and detections out and count them");
  verb.add_flag("--json", arguments->json, "Print the metrics as JSON");
  verb.callback([arguments] { run(*arguments); });
}

}  // namespace longtail::app

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/command.h"
#include "apps/print.h"
#include "apps/usage_error.h"
#include "core/evaluation/detection_evaluator.h"
#include "core/evaluation/results_file.h"
#include "core/io/atomic_file.h"

namespace longtail::app {
namespace {

using Protocol = DetectionEvaluatorOptions::Protocol;

struct EvaluateArguments {
  std::string annotations, results, protocol, per_class, out;
  std::vector<std::string> iou;
  DetectionEvaluatorOptions options;
  bool skip_broken = false;
  bool json = false;
};

AnnotationSet read_ground_truth(const EvaluateArguments& arguments) {
  AnnotationProblems problems;
  AnnotationSet set = read_annotations(arguments.annotations,
                                       arguments.skip_broken ? BadAnnotation::skip : BadAnnotation::stop, &problems);
  if (problems.skipped > 0) {
    app::warn(fmt::format("{} broken objects were left out, such as {}", problems.skipped, problems.examples.front()));
  }
  return set;
}

DetectionEvaluatorOptions options_for(const EvaluateArguments& arguments, const AnnotationSet& set) {
  DetectionEvaluatorOptions options = arguments.options;
  options.protocol = protocol_for(set, arguments.protocol.empty() ? "auto" : arguments.protocol, arguments.annotations,
                                  "--protocol coco");
  const auto asked = [&](const char* kind) {
    return std::find(arguments.iou.begin(), arguments.iou.end(), kind) != arguments.iou.end();
  };
  options.bbox = arguments.iou.empty() || asked("bbox");
  options.segm = asked("segm") || (arguments.iou.empty() && has_outlines(set));
  if (asked("segm") && !set.objects.empty() && !has_outlines(set)) {
    throw DataError(fmt::format("{}: has no outlines to evaluate masks with; use --iou bbox", arguments.annotations));
  }
  return options;
}

void warn(const EvaluateArguments& arguments, const ResultsFile& results, const DetectionEvaluatorOptions& options) {
  if (results.size() == 0) {
    app::warn(fmt::format("{} has no detections: every AP is 0", arguments.results));
  } else if (options.segm && !results.has_masks()) {
    app::warn(fmt::format("{} has no masks: segm takes boxes for masks, as lvis-api does", arguments.results));
  }
}

nlohmann::ordered_json to_json(const DetectionEvaluator& evaluator) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [kind, values] : evaluator.metrics()) {
    for (const std::string& name : evaluator.metric_names()) out[kind][name] = values.at(name);
  }
  return out;
}

void print_table(const DetectionEvaluator& evaluator) {
  constexpr int kWidth = 8;
  fmt::print("{:<6}", "%");
  for (const std::string& name : evaluator.metric_names()) fmt::print("{:>{}}", name, kWidth);
  fmt::print("\n");
  for (const auto& [kind, values] : evaluator.metrics()) {
    fmt::print("{:<6}", kind);
    for (const std::string& name : evaluator.metric_names()) {
      const double value = values.at(name);
      fmt::print("{:>{}}", value < 0 ? "—" : fmt::format("{:.2f}", 100 * value), kWidth);
    }
    fmt::print("\n");
  }
}

void run(const EvaluateArguments& arguments) {
  require_place_for("--out", arguments.out);
  require_place_for("--per-class", arguments.per_class);
  const AnnotationSet set = read_ground_truth(arguments);
  const DetectionEvaluatorOptions options = options_for(arguments, set);
  const ResultsFile results(arguments.results, set);
  warn(arguments, results, options);
  DetectionEvaluator evaluator(set, options);
  add_results(results, evaluator, options.threads);
  if (const std::int64_t unknown = results.unknown_categories(); unknown > 0) {
    app::warn(fmt::format("{} of {} detections have a category_id that {} does not have: they count for nothing",
                          unknown, results.size(), arguments.annotations));
  }
  const nlohmann::ordered_json metrics = to_json(evaluator);
  if (!arguments.out.empty()) write_file_atomically(arguments.out, {json_text(metrics)});
  if (!arguments.per_class.empty()) write_file_atomically(arguments.per_class, {evaluator.per_class_csv()});
  if (arguments.json) {
    fmt::print("{}", json_text(metrics));
    return;
  }
  fmt::print("{} images, {} objects, {} classes; {} detections on {} images; {} protocol\n", set.images.size(),
             set.objects.size(), set.num_classes(), results.size(), results.images().size(),
             options.protocol == Protocol::lvis ? "LVIS" : "COCO");
  print_table(evaluator);
}

}  // namespace

void add_evaluate_command(CLI::App& app, Globals&) {
  auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App& verb = *app.add_subcommand("evaluate", "Evaluate a file of detections as lvis-api or pycocotools do");
  verb.add_option("--annotations", arguments->annotations, "Ground truth: a COCO or LVIS JSON file")->required();
  verb.add_option("--results", arguments->results, "Detections: a COCO results file")->required();
  verb.add_option("--iou", arguments->iou, "bbox, segm or bbox,segm; both where nothing is said")
      ->delimiter(',')
      ->check(CLI::IsMember({"bbox", "segm"}));
  verb.add_option("--protocol", arguments->protocol, "lvis or coco; where nothing is said, that of the annotations")
      ->check(CLI::IsMember({"lvis", "coco"}));
  verb.add_option("--max-dets", arguments->options.max_dets,
                  "Detections of an image (lvis: 300) or of an image and class (coco: 100) that count")
      ->check(whole_number(1));
  verb.add_option("--per-class", arguments->per_class, "CSV file to write: AP of each class");
  verb.add_option("--out", arguments->out, "JSON file to write: the metrics, fractions in [0, 1], -1 where undefined");
  verb.add_option("--threads", arguments->options.threads, "0: one for each core")
      ->check(whole_number(0))
      ->capture_default_str();
  verb.add_flag("--skip-broken", arguments->skip_broken, "Leave broken objects of the annotations out and count them");
  verb.add_flag("--json", arguments->json, "Print the metrics as JSON");
  verb.callback([arguments] { run(*arguments); });
}

}  // namespace longtail::app

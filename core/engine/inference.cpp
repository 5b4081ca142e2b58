#include "core/engine/inference.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/checkpoint.h"
#include "core/engine/console.h"
#include "core/engine/device.h"
#include "core/engine/initial_weights.h"
#include "core/engine/named_pictures.h"
#include "core/engine/task_parts.h"
#include "core/io/weights.h"
#include "core/system/natural_order.h"
#include "core/system/tuning.h"
#include "registry/text/counted.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

/// Where a metric usually stands in a table; those that no table has come last.
std::size_t usual_place(std::string_view name) {
  constexpr std::array<std::string_view, 14> order = {"many", "medium", "few", "overall", "class_mean", "AP",  "AP50",
                                                      "AP75", "APr",    "APc", "APf",     "APs",        "APm", "APl"};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), name) - order.begin());
}

/// Numbers from a model of which a part kept its random initial weights would be wrong without a word.
void refuse_missing(std::vector<std::string> names, const fs::path& weights) {
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const std::string& name) {
                               const bool counter = name.find("num_batches_tracked") != std::string::npos;
                               return counter || name.compare(0, 5, "loss.") == 0;
                             }),
              names.end());
  if (names.empty()) return;
  const std::size_t shown = std::min<std::size_t>(names.size(), 5);
  throw DataError(
      fmt::format("{}: has no weights that fit {} of the model ({}{}); choose the configuration it was "
                  "trained with",
                  weights.string(), counted(names.size(), "tensor"),
                  fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  names.size() > shown ? ", ..." : ""));
}

/// A part that was trained and is left out changes the numbers as much.
void refuse_leftover(const Module& model, const NamedTensors& weights, const fs::path& run) {
  std::set<std::string> known;
  for (const auto& named : named_state(model)) known.insert(named.first);
  std::vector<std::string> left;
  for (const auto& named : weights) {
    if (known.count(named.first) == 0 && named.first.compare(0, 5, "loss.") != 0) left.push_back(named.first);
  }
  if (left.empty()) return;
  throw DataError(fmt::format("{}: has {} that this configuration's model has not (such as {}); use the run's own: {}",
                              run.string(), counted(left.size(), "tensor"), left.front(),
                              (run / "config.yaml").string()));
}

/// A run folder gives its newest checkpoint, averaged weights first; anything else is read as a weights file.
void load_for_evaluation(Module& model, const fs::path& weights, const std::string& key, Console& console) {
  const fs::path folder = checkpoint_folder(weights);
  if (!list_checkpoints(folder).empty()) {
    const auto [stem, state, damaged] =
        load_newest_checkpoint(folder, [&console](const std::string& message) { console.line("warning: " + message); });
    refuse_missing(load_named_state(model, state.weights), folder / stem);
    refuse_leftover(model, state.weights, weights);
    load_named_state(model, state.average);
    return;
  }
  ImportOptions import;
  import.file = weights.string();
  const WeightReport report = import_into(model, read_weights(weights, key), import);
  std::vector<std::string> missing = report.missing;
  for (const WeightReport::Mismatch& mismatch : report.wrong_shape) missing.push_back(mismatch.match.name);
  refuse_missing(std::move(missing), weights);
  console.lines(report.text());
}

/// The task of the last phase with weights in it.
std::unique_ptr<Task> open_task(const ExperimentPlan& plan, const Catalog& catalog, const InferenceOptions& options,
                                Console& console) {
  if (plan.config.threads > 0) tune_process(static_cast<int>(plan.config.threads));
  TaskContext context;
  context.catalog = &catalog;
  context.device = parse_device(options.device);
  context.limit_batches = options.limit_batches;
  context.warn = [&console](const std::string& message) { console.line("warning: " + message); };
  tell_device(context.device, [&console](const std::string& line) { console.line(line); });
  std::unique_ptr<Task> task = make_task(plan.phases.back().config, context);
  load_for_evaluation(task->model(), options.weights, options.key, console);
  return task;
}

}  // namespace

std::string format_metrics(const Metrics& metrics, std::string_view between) {
  std::string text;
  for (const auto& [group, values] : metrics) {
    std::vector<std::pair<std::string, double>> ordered(values.begin(), values.end());
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const auto& a, const auto& b) { return usual_place(a.first) < usual_place(b.first); });
    text += (text.empty() ? "" : std::string(between)) + group + ":";
    for (const auto& [name, value] : ordered) {
      text += value < 0 ? fmt::format(" {} -", name) : fmt::format(" {} {:.2f}", name, 100 * value);
    }
  }
  return text;
}

Metrics evaluate(const ExperimentPlan& plan, const Catalog& catalog, const InferenceOptions& options,
                 EvaluationRequest request) {
  Console console;
  const std::unique_ptr<Task> task = open_task(plan, catalog, options, console);
  request.on_progress = [&](std::int64_t done, std::int64_t total) {
    console.progress(fmt::format("evaluating {}/{}", done, total));
  };
  return task->evaluate(request);
}

void predict(const ExperimentPlan& plan, const Catalog& catalog, const InferenceOptions& options,
             PredictRequest request) {
  Console console;
  const std::vector<NamedPicture> pictures = find_pictures(request.images, request.output_folder);
  request.images.clear();
  for (const NamedPicture& picture : pictures) {
    request.images.push_back(picture.file);
    request.names.push_back(picture.name);
  }
  const std::unique_ptr<Task> task = open_task(plan, catalog, options, console);
  request.on_progress = [&](std::int64_t done, std::int64_t total) {
    console.progress(fmt::format("predicting {}/{}", done, total));
  };
  task->predict(request);
}

}  // namespace longtail

#include "core/engine/inference.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/checkpoint.h"
#include "core/engine/console.h"
#include "core/io/weights.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

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
  throw DataError(fmt::format("{}: has no weights that fit {} tensors of the model ({}{}); choose the configuration it was "
                              "trained with", weights.string(), names.size(),
                              fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                              names.size() > shown ? ", ..." : ""));
}

/// A run folder gives its newest checkpoint, averaged weights first; anything else is read as a weights file.
void load_for_evaluation(Module& model, const fs::path& weights, Console& console) {
  const fs::path folder = fs::is_directory(weights / "checkpoints") ? weights / "checkpoints" : weights;
  const std::vector<std::string> stems = list_checkpoints(folder);
  if (!stems.empty()) {
    const TrainingState state = load_checkpoint(folder, stems.back());
    refuse_missing(load_named_state(model, state.weights), folder / stems.back());
    load_named_state(model, state.average);
    return;
  }
  ImportOptions import;
  import.file = weights.string();
  const WeightReport report = import_into(model, read_weights(weights), import);
  std::vector<std::string> missing = report.missing;
  for (const WeightReport::Mismatch& mismatch : report.wrong_shape) missing.push_back(mismatch.match.name);
  refuse_missing(std::move(missing), weights);
  console.line(report.text());
}

/// The task of the last phase with weights in it.
std::unique_ptr<Task> open_task(const ExperimentPlan& plan, const Catalog& catalog, const InferenceOptions& options,
                                Console& console) {
  TaskContext context;
  context.catalog = &catalog;
  context.device = parse_device(options.device);
  context.limit_batches = options.limit_batches;
  context.warn = [&console](const std::string& message) { console.line("warning: " + message); };
  std::unique_ptr<Task> task = make_task(plan.phases.back().config, context);
  load_for_evaluation(task->model(), options.weights, console);
  return task;
}

}  // namespace

at::Device parse_device(const std::string& text) {
  try {
    const at::Device device(text);
    if (device.is_cpu() || (device.is_cuda() && at::hasCUDA())) return device;
  } catch (const c10::Error&) {
    throw Error(ExitCode::config, fmt::format("--device {}: not a device; use cpu, cuda or cuda:0", text));
  }
  throw Error(ExitCode::other, fmt::format("--device {}: this LibTorch finds no such device; `longtail doctor` tells more",
                                           text));
}

std::string format_metrics(const Metrics& metrics) {
  std::string line;
  for (const auto& [group, values] : metrics) {
    line += (line.empty() ? "" : "  ") + group + ":";
    for (const auto& [name, value] : values) {
      line += value < 0 ? fmt::format(" {} -", name) : fmt::format(" {} {:.2f}", name, 100 * value);
    }
  }
  return line;
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
  for (const std::string& image : request.images) {
    if (!fs::is_regular_file(image)) throw DataError(fmt::format("{}: no such file", image));
  }
  Console console;
  const std::unique_ptr<Task> task = open_task(plan, catalog, options, console);
  request.on_progress = [&](std::int64_t done, std::int64_t total) {
    console.progress(fmt::format("predicting {}/{}", done, total));
  };
  task->predict(request);
}

}  // namespace longtail

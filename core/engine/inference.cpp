#include "core/engine/inference.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/cuda.h>

#include <longtail/error.h>

#include "core/data/image.h"
#include "core/engine/checkpoint.h"
#include "core/engine/console.h"
#include "core/engine/task_parts.h"
#include "core/io/weights.h"

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
      fmt::format("{}: has no weights that fit {} tensors of the model ({}{}); choose the configuration it was "
                  "trained with",
                  weights.string(), names.size(),
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
  throw DataError(
      fmt::format("{}: has {} tensors that this configuration's model has not (such as {}); use the run's own: "
                  "{}",
                  run.string(), left.size(), left.front(), (run / "config.yaml").string()));
}

/// A run folder gives its newest checkpoint, averaged weights first; anything else is read as a weights file.
void load_for_evaluation(Module& model, const fs::path& weights, Console& console) {
  const fs::path folder = fs::is_directory(weights / "checkpoints") ? weights / "checkpoints" : weights;
  const std::vector<std::string> stems = list_checkpoints(folder);
  if (!stems.empty()) {
    const TrainingState state = load_checkpoint(folder, stems.back());
    refuse_missing(load_named_state(model, state.weights), folder / stems.back());
    refuse_leftover(model, state.weights, weights);
    load_named_state(model, state.average);
    return;
  }
  ImportOptions import;
  import.file = weights.string();
  const WeightReport report = import_into(model, read_weights(weights), import);
  std::vector<std::string> missing = report.missing;
  for (const WeightReport::Mismatch& mismatch : report.wrong_shape) missing.push_back(mismatch.match.name);
  refuse_missing(std::move(missing), weights);
  console.lines(report.text());
}

bool is_picture(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

/// Files as they are, of folders the pictures in them by name.
std::vector<std::string> pictures_among(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      if (!fs::is_regular_file(path)) throw DataError(fmt::format("{}: no such file or folder", path));
      files.push_back(path);
      continue;
    }
    const std::size_t before = files.size();
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file() && is_picture(entry.path())) files.push_back(entry.path().string());
    }
    if (files.size() == before) throw DataError(fmt::format("{}: no picture (JPEG or PNG) in this folder", path));
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(before), files.end());
  }
  return files;
}

/// Under `bad_image: skip`, without those that cannot be read.
std::vector<std::string> readable(std::vector<std::string> files, const ExperimentConfig& config, Console& console) {
  if (text_of(config.data, "bad_image") != "skip") return files;
  const auto is_broken = [&](const std::string& file) {
    try {
      ImageReader reader;
      reader.open(file);
      reader.decode();
      return false;
    } catch (const DataError& error) {
      const std::string text = error.what();  // its advice is what is being done
      console.line(fmt::format("warning: left out: {}", text.substr(0, text.find("; replace the file"))));
      return true;
    }
  };
  const std::size_t count = files.size();
  files.erase(std::remove_if(files.begin(), files.end(), is_broken), files.end());
  if (files.empty()) throw DataError("none of the pictures can be read");
  if (files.size() < count) console.line(fmt::format("{} of {} pictures left out", count - files.size(), count));
  return files;
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
    if (device.is_cpu()) return device;
    const int count = device.is_cuda() ? static_cast<int>(torch::cuda::device_count()) : 0;
    if (count > 0 && device.index() < count) return device;  // without an index: the first
    if (count > 0) {
      throw Error(ExitCode::other, fmt::format("--device {}: this machine has {} GPU{}, counted from 0", text, count,
                                               count == 1 ? "" : "s"));
    }
  } catch (const c10::Error&) {
    throw Error(ExitCode::config, fmt::format("--device {}: not a device; use cpu, cuda or cuda:0", text));
  }
  throw Error(ExitCode::other,
              fmt::format("--device {}: this LibTorch finds no such device; `longtail doctor` tells more", text));
}

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
  request.images = readable(pictures_among(request.images), plan.phases.back().config, console);
  const std::unique_ptr<Task> task = open_task(plan, catalog, options, console);
  request.on_progress = [&](std::int64_t done, std::int64_t total) {
    console.progress(fmt::format("predicting {}/{}", done, total));
  };
  task->predict(request);
}

}  // namespace longtail

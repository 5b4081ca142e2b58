#include "core/engine/experiment.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/hooks.h"
#include "core/engine/inference.h"
#include "core/engine/phase_key.h"
#include "core/engine/trainable.h"
#include "core/engine/trainer.h"
#include "core/io/file_lock.h"
#include "core/io/weights.h"
#include "core/system/blas.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

/// One training run: what its phases share.
class Run {
 public:
  Run(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options, const RunFolder& folder);

  RunResult execute();

 private:
  void restore();
  void run_phase(const Phase& phase, const std::string& previous_key, const std::string& key);
  std::optional<FileLock> wait_for_others(const Phase& phase, const std::string& key);
  void check_origin(const Phase& phase, const std::string& previous_key, const std::string& key);
  bool is_at_start(const Phase& phase) const;
  bool take_from_cache(const Phase& phase, const std::string& key);
  void train_phase(Task& task, const Phase& phase, const std::string& key);
  void load_weights(Task& task, const Phase& phase);
  void initialise(Task& task, const Phase& phase);
  Metrics evaluate_now(Task& task, WeightAverage* average, const Progress& progress, const std::string& output);
  TaskContext task_context();

  const ExperimentPlan& plan_;
  const Catalog& catalog_;
  const TrainOptions& options_;
  const RunFolder& folder_;
  const at::Device device_;
  const PhaseCache cache_;
  const PhaseKeyFacts facts_;
  Console console_;
  TrainingState state_;
  bool started_ = false;  // state_ holds weights
  bool pure_ = true;      // all of state_ was trained by these settings and this program, so the cache may have it
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<TensorBoard> board_;
  Metrics final_metrics_;
};

Run::Run(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options, const RunFolder& folder)
    : plan_(plan),
      catalog_(catalog),
      options_(options),
      folder_(folder),
      device_(parse_device(options.device)),
      cache_(options.cache_dir),
      facts_{code_fingerprint(catalog), options.device, at::get_num_threads(), options.limit_batches},
      console_(folder.log()) {}

void Run::restore() {
  remove_leftovers(folder_.checkpoints());
  const std::vector<std::string> stems = list_checkpoints(folder_.checkpoints());
  if (stems.empty()) return;
  state_ = load_checkpoint(folder_.checkpoints(), stems.back());
  started_ = true;
  console_.line(fmt::format("resuming from {}", (folder_.checkpoints() / stems.back()).string()));
}

TaskContext Run::task_context() {
  TaskContext context;
  context.catalog = &catalog_;
  context.device = device_;
  context.limit_batches = options_.limit_batches;
  context.warn = [this](const std::string& message) { console_.line("warning: " + message); };
  return context;
}

RunResult Run::execute() {
  if (const std::string note = blas_note(); !note.empty()) console_.line("note: " + note);
  if (options_.resume) restore();
  metrics_ = std::make_unique<MetricsLog>(folder_.metrics(), state_.progress.iteration);
  board_ = std::make_unique<TensorBoard>(folder_.path());
  std::string key;
  for (const Phase& phase : plan_.phases) {
    const std::string previous = std::exchange(key, phase_key(key, phase, facts_));
    run_phase(phase, previous, key);
  }
  RunResult result;
  result.name = plan_.config.name;
  result.task = plan_.config.task;
  result.seed = plan_.config.seed;
  result.epoch = state_.progress.epoch;
  result.metrics = final_metrics_;
  result.train_seconds = state_.train_seconds;
  result.limit_batches = options_.limit_batches;
  result.weights = fmt::format("checkpoints/{}.safetensors", checkpoint_stem(state_.progress));
  write_result(folder_.result(), result);
  return result;
}

/// A run may be taken up by another version of the program. It may go on, but its states are not what its keys say.
void Run::check_origin(const Phase& phase, const std::string& previous_key, const std::string& key) {
  const bool within = state_.progress.epoch > phase.begin || state_.progress.iteration_in_epoch > 0;
  if (!started_ || !pure_ || state_.phase_key == (within ? key : previous_key)) return;
  pure_ = false;
  console_.line(
      "warning: the checkpoint was made by another build, number of threads or device; its states are not shared "
      "with other runs");
}

void Run::run_phase(const Phase& phase, const std::string& previous_key, const std::string& key) {
  const bool last = &phase == &plan_.phases.back();
  if (state_.progress.epoch >= phase.end && !last) return;
  const std::unique_ptr<Task> task = make_task(phase.config, task_context());
  if (phase.begin == 0) console_.line(fmt::format("{}: {}", plan_.config.name, task->summary()));
  check_origin(phase, previous_key, key);
  const std::optional<FileLock> lock = wait_for_others(phase, key);
  if (state_.progress.epoch >= phase.end || take_from_cache(phase, key)) {
    load_weights(*task, phase);
  } else {
    train_phase(*task, phase, key);
  }
  if (!last) return;
  std::unique_ptr<WeightAverage> average;
  if (phase.config.ema > 0) average = std::make_unique<WeightAverage>(task->model(), phase.config.ema, state_.average);
  final_metrics_ = evaluate_now(*task, average.get(), state_.progress, folder_.path().string());
}

bool Run::is_at_start(const Phase& phase) const {
  return state_.progress.epoch == phase.begin && state_.progress.iteration_in_epoch == 0;
}

/// Rows of a matrix that share a phase and are trained at the same time would all train it; so the others wait for the
/// first.
std::optional<FileLock> Run::wait_for_others(const Phase& phase, const std::string& key) {
  const bool at_start = is_at_start(phase);
  if (!cache_.enabled() || !pure_ || state_.progress.epoch >= phase.end || (at_start && cache_.has(key))) return {};
  FileLock lock = cache_.lock(key);
  constexpr int kTellEvery = 3000;  // times 200 ms: ten minutes
  for (int waited = 0; !lock.try_lock() && at_start && !cache_.has(key); ++waited) {
    if (waited % kTellEvery == 0) {
      console_.line(fmt::format("phase {} (epochs {}-{}): waiting for process {}, which trains it by the same settings",
                                phase.name, phase.begin + 1, phase.end, lock.holder()));
    }
    if (Trainer::stop_requested()) throw Error(ExitCode::interrupted, "interrupted while waiting; --resume goes on");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return lock;
}

bool Run::take_from_cache(const Phase& phase, const std::string& key) {
  if (!is_at_start(phase) || !pure_ || !cache_.has(key)) return false;
  try {
    state_ = cache_.load(key);
  } catch (const DataError& error) {
    console_.line(fmt::format("warning: the cache cannot be used: {}; the phase is trained again", error.what()));
    return false;
  }
  started_ = true;
  save_checkpoint(folder_.checkpoints(), checkpoint_stem(state_.progress), state_);
  console_.line(fmt::format("phase {} (epochs {}-{}) was trained before by the same settings: taken from {}",
                            phase.name, phase.begin + 1, phase.end, (options_.cache_dir / key).string()));
  return true;
}

void Run::load_weights(Task& task, const Phase& phase) {
  if (!started_) {
    initialise(task, phase);
    return;
  }
  std::vector<std::string> fresh = load_named_state(task.model(), state_.weights);
  if (!fresh.empty()) console_.line(fmt::format("phase {}: new here: {}", phase.name, fmt::join(fresh, ", ")));
}

void Run::initialise(Task& task, const Phase& phase) {
  std::string file;
  const Node* init = phase.config.model.find("init");
  if (init == nullptr || !init->as(file) || file.empty()) return;
  ImportOptions import;
  import.file = file;
  console_.lines(import_into(task.model(), read_weights(file), import).text());
}

void Run::train_phase(Task& task, const Phase& phase, const std::string& key) {
  load_weights(task, phase);
  Sgd optimizer(phase.config.optimizer, choose_trainable(task.model(), task.train_only()));
  optimizer.load_state(state_.momentum);
  std::unique_ptr<WeightAverage> average;
  if (phase.config.ema > 0) average = std::make_unique<WeightAverage>(task.model(), phase.config.ema, state_.average);
  Trainer trainer(task, optimizer, phase.config);
  trainer.progress = state_.progress;
  trainer.train_seconds = state_.train_seconds;
  const auto state = [&] {
    return TrainingState{trainer.progress,      key,
                         trainer.train_seconds, named_state(task.model()),
                         optimizer.state(),     average ? average->state() : NamedTensors{}};
  };
  if (plan_.phases.size() > 1) {
    console_.line(fmt::format("phase {}: epochs {}-{}", phase.name, phase.begin + 1, phase.end));
  }
  trainer.add_hook(std::make_shared<LogHook>(console_, *metrics_, *board_));
  if (average) trainer.add_hook(std::make_shared<AverageHook>(*average));
  trainer.add_hook(std::make_shared<CheckpointHook>(folder_.checkpoints(), phase.end, state));
  trainer.add_hook(std::make_shared<EvaluationHook>(
      [&](const Progress& progress) { evaluate_now(task, average.get(), progress, ""); }));
  trainer.run(phase.end);
  if (pure_) cache_.save(key, state());
  // The next phase starts from the file, like a run that is resumed: one way for both.
  state_ = load_checkpoint(folder_.checkpoints(), checkpoint_stem(trainer.progress));
  started_ = true;
}

Metrics Run::evaluate_now(Task& task, WeightAverage* average, const Progress& progress, const std::string& output) {
  EvaluationRequest request;
  request.split = plan_.phases.back().config.evaluation.split;
  request.output_folder = output;
  request.on_progress = [this, &output](std::int64_t done, std::int64_t total) {
    console_.progress(fmt::format("evaluating {}/{}", done, total));
    // One in the middle ends first: what has been trained since the last checkpoint is saved behind it.
    if (!output.empty() && Trainer::stop_requested()) {
      throw Error(ExitCode::interrupted, "interrupted in the evaluation; the same command with --resume goes on");
    }
  };
  if (average) average->swap();
  const Metrics metrics = task.evaluate(request);
  if (average) average->swap();
  metrics_->evaluation(progress, request.split, metrics);
  for (const auto& [group, values] : metrics) {
    for (const auto& [name, value] : values) board_->scalar(group + "/" + name, value, progress.iteration);
  }
  board_->flush();
  console_.line(fmt::format("epoch {}  {}", progress.epoch, format_metrics(metrics)));
  return metrics;
}

/// Everything that can be found wrong before hours of training are: files, parts that do not fit each other, in every
/// phase and in the evaluation at the end.
void preflight(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options) {
  TaskContext context;
  context.catalog = &catalog;
  context.device = parse_device(options.device);
  context.limit_batches = options.limit_batches;
  std::vector<std::string> missing;
  for (const Phase& phase : plan.phases) {
    for (const std::string& what : missing_inputs(phase.config)) {
      if (std::find(missing.begin(), missing.end(), what) == missing.end()) missing.push_back(what);
    }
  }
  if (!missing.empty()) throw DataError(fmt::format("{}", fmt::join(missing, "; ")));
  for (const Phase& phase : plan.phases) {
    const std::unique_ptr<Task> task = make_task(phase.config, context);
    task->check();
    choose_trainable(task->model(), task->train_only());
  }
}

}  // namespace

RunResult train(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options) {
  preflight(plan, catalog, options);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
  const bool begins = options.resume && !fs::exists(options.work_dir / "config.yaml");
  if (begins) fmt::print(stderr, "{}: nothing to resume there; a new run begins\n", visible(options.work_dir.native()));
  // One that is training now has more to say than that it holds a run.
  std::optional<FileLock> lock;
  std::error_code unseen;
  if (fs::exists(options.work_dir / ".lock", unseen)) lock.emplace(lock_folder(options.work_dir));
  const RunFolder folder = RunFolder::open(options.work_dir, plan.resolved, options.resume);
  if (fs::exists(folder.result())) {
    RunResult result = read_result(folder.result());
    if (result.limit_batches != options.limit_batches) {
      const auto with = [](std::int64_t limit) {
        return limit > 0 ? fmt::format("with --limit-batches {}", limit) : std::string("without --limit-batches");
      };
      throw ConfigError(fmt::format("{} was finished {} and is not the same {}; use another --work-dir",
                                    folder.path().string(), with(result.limit_batches), with(options.limit_batches)));
    }
    fmt::print(stderr, "{}: finished before; nothing to do\n", visible(folder.path().native()));
    return result;
  }
  if (!lock) lock.emplace(lock_folder(folder.path()));
  folder.write_environment(options.command_line);
  folder.write_config(plan.resolved);
  if (options.before_training) options.before_training();
  try {
    return Run(plan, catalog, options, folder).execute();
  } catch (const Error& error) {
    if (error.code() != ExitCode::interrupted)
      std::ofstream(folder.log(), std::ios::app) << "error: " << shown(error) << '\n';
    throw;
  }
}

}  // namespace longtail

#include "core/engine/experiment.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include <ATen/Context.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/engine/data_record.h"
#include "core/engine/device.h"
#include "core/engine/hooks.h"
#include "core/engine/inference.h"
#include "core/engine/initial_weights.h"
#include "core/engine/model_selection.h"
#include "core/engine/origin.h"
#include "core/engine/phase_key.h"
#include "core/engine/run_start.h"
#include "core/engine/sample_pictures.h"
#include "core/engine/trainable.h"
#include "core/engine/trainer.h"
#include "core/io/file_lock.h"
#include "core/io/leftovers.h"
#include "core/io/own_file.h"
#include "core/io/weights.h"
#include "core/system/blas.h"
#include "registry/text/counted.h"
#include "registry/text/several_lines.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;

/// One training run: what its phases share.
class Run {
 public:
  Run(const RunStart& start, const Catalog& catalog);

  RunResult execute();

 private:
  void restore();
  void note_changes();
  void open_logs();
  void run_phase(const Phase& phase, const std::string& previous_key, const std::string& key);
  std::optional<FileLock> wait_for_others(const Phase& phase, const std::string& key);
  std::optional<FileLock> lock_phase(const std::string& key);
  void check_origin(const Phase& phase, const std::string& previous_key, const std::string& key);
  bool is_at_start(const Phase& phase) const;
  bool take_from_cache(const Phase& phase, const std::string& key);
  void train_phase(Task& task, const Phase& phase, const std::string& key);
  void share(const std::string& key, const TrainingState& state);
  void load_weights(Task& task, const Phase& phase);
  void initialise(Task& task, const Phase& phase);
  bool owes_evaluation(const Phase& phase) const;
  void evaluate_if_owed(Task& task, const Phase& phase);
  Metrics evaluate_now(Task& task, WeightAverage* average, const Progress& progress, const std::string& output);
  void show_samples(const Task& task, const Phase& phase);
  bool is_time_to_stop_in(const Phase& phase) const;
  void log_evaluation(const Progress& progress, const std::string& split, const Metrics& metrics);
  RunResult result() const;
  TaskContext task_context();

  const RunStart& start_;
  const ExperimentPlan& plan_;
  const Catalog& catalog_;
  const TrainOptions& options_;
  const RunFolder& folder_;
  const at::Device device_;
  const PhaseCache cache_;
  const Origin origin_;
  Console console_;
  TrainingState state_;
  bool started_ = false;  // state_ holds weights
  bool pure_ = true;      // all of state_ was trained by these settings and this program, so the cache may have it
  std::vector<std::string> changes_;  // what was another when the run was gone on with
  std::int64_t data_since_;           // evaluations up to this epoch were made on other data
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<TensorBoard> board_;
  std::unique_ptr<BestWeights> best_;
  bool stopped_early_ = false;
  Metrics final_metrics_;
  EvaluationFacts facts_;  // of the last evaluation
};

Run::Run(const RunStart& start, const Catalog& catalog)
    : start_(start),
      plan_(start.plan),
      catalog_(catalog),
      options_(start.options),
      folder_(*start.folder),
      device_(parse_device(start.options.device)),
      cache_(start.options.cache_dir),
      origin_(present_origin(catalog, start.options.device, start.options.limit_batches)),
      console_(folder_.log()),
      changes_(start.earlier_changes),
      data_since_(start.data_since) {}

void Run::restore() {
  const fs::path checkpoints = folder_.checkpoints();
  if (list_checkpoints(checkpoints).empty()) return;
  FoundCheckpoint found = load_newest_checkpoint(checkpoints, task_context().warn);
  // Else it would count among those that are kept, and push a good one out.
  for (const std::string& stem : found.damaged) put_aside_checkpoint(checkpoints, stem);
  state_ = std::move(found.state);
  started_ = true;
  console_.line(fmt::format("resuming from {}", (checkpoints / found.stem).string()));
  note_changes();
}

/// What is another than when the checkpoint was made is told, here and in the result.
void Run::note_changes() {
  const std::int64_t limit = state_.origin.limit_batches;
  if (!state_.origin.program.empty() && limit != origin_.limit_batches) {
    throw ConfigError(fmt::format("{} was begun {} --limit-batches{}; go on with that, or use another --work-dir",
                                  folder_.path().string(), limit > 0 ? "with" : "without",
                                  limit > 0 ? fmt::format(" {}", limit) : std::string()));
  }
  if (!start_.changes.empty()) data_since_ = state_.progress.epoch;
  std::vector<std::string> changes = start_.changes;
  for (std::string& change : changes_of(state_.origin, origin_)) changes.push_back(std::move(change));
  for (const std::string& change : changes) {
    const std::string line = fmt::format("after epoch {}: {}", state_.progress.epoch, change);
    console_.line(fmt::format("warning: {}; the weights will not be those of a run in one go", line));
    if (std::find(changes_.begin(), changes_.end(), line) == changes_.end()) changes_.push_back(line);
  }
  if (!start_.longer.empty()) console_.line(fmt::format("after epoch {}: {}", state_.progress.epoch, start_.longer));
  pure_ = changes_.empty() && start_.longer.empty();  // the keys of a longer schedule are others
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
  for (const std::string& note : start_.notes) console_.line(note);
  if (const std::string note = blas_note(); !note.empty()) console_.line("note: " + note);
  tell_device(device_, [this](const std::string& line) { console_.line(line); });
  if (start_.goes_on) restore();
  const bool counts = start_.goes_on && start_.changes.empty();  // what was best on the same data
  if (!counts && folder_.put_best_aside())
    console_.line("note: the best weights so far are best_earlier.safetensors now");
  // First the record that something has changed, then what it has changed to.
  folder_.write_environment(options_.command_line, origin_, changes_, data_since_);
  write_data_record(folder_.data_files(), start_.data);
  folder_.write_config(plan_.resolved);
  open_logs();
  std::string key;
  for (const Phase& phase : plan_.phases) {
    const std::string previous = std::exchange(key, phase_key(key, phase, origin_));
    run_phase(phase, previous, key);
  }
  const RunResult made = result();
  write_result(folder_.result(), made);
  return made;
}

/// metrics.jsonl and TensorBoard, as they were at the checkpoint.
void Run::open_logs() {
  const std::int64_t iteration = state_.progress.iteration;
  metrics_ = std::make_unique<MetricsLog>(folder_.metrics(), iteration);
  board_ = std::make_unique<TensorBoard>(folder_.path(), iteration);
  best_ = std::make_unique<BestWeights>(plan_.config.checkpoint.keep_best, folder_.checkpoints());
  if (const auto* evaluation = metrics_->evaluation_at(iteration)) {
    board_->metrics(evaluation->metrics, iteration, options_.limit_batches > 0);
  }
}

RunResult Run::result() const {
  RunResult result;
  result.name = plan_.config.name;
  result.task = plan_.config.task;
  result.seed = plan_.config.seed;
  result.epoch = state_.progress.epoch;
  result.metrics = final_metrics_;
  result.train_seconds = state_.train_seconds;
  result.limit_batches = options_.limit_batches;
  result.facts = facts_;
  result.weights = fmt::format("checkpoints/{}.safetensors", checkpoint_stem(state_.progress));
  result.threads = origin_.threads;
  result.device = origin_.device;
  result.stopped_early = stopped_early_;
  result.changes = changes_;
  return result;
}

/// A longer schedule trains its first epochs alike, and data at another place or with other times are the same data,
/// but the keys take them for others.
void Run::check_origin(const Phase& phase, const std::string& previous_key, const std::string& key) {
  const bool within = state_.progress.epoch > phase.begin || state_.progress.iteration_in_epoch > 0;
  if (!started_ || !pure_ || state_.phase_key == (within ? key : previous_key)) return;
  pure_ = false;
  console_.line(
      "note: the checkpoint is of another schedule or other initial weights, or the data lie elsewhere or have other "
      "times; its states are not shared with other runs");
}

void Run::run_phase(const Phase& phase, const std::string& previous_key, const std::string& key) {
  const bool last = &phase == &plan_.phases.back();
  if (state_.progress.epoch >= phase.end && !last && !owes_evaluation(phase)) return;
  const std::unique_ptr<Task> task = make_task(phase.config, task_context());
  if (phase.begin == 0) console_.line(fmt::format("{}: {}", plan_.config.name, task->summary()));
  check_origin(phase, previous_key, key);
  const std::optional<FileLock> lock = wait_for_others(phase, key);
  if (state_.progress.epoch >= phase.end || take_from_cache(phase, key)) {
    load_weights(*task, phase);
    evaluate_if_owed(*task, phase);
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
  std::optional<FileLock> lock = lock_phase(key);
  if (!lock) return {};
  constexpr int kTellEvery = 3000;  // times 200 ms: ten minutes
  for (int waited = 0; !lock->try_lock() && at_start && !cache_.has(key); ++waited) {
    if (waited % kTellEvery == 0) {
      console_.line(fmt::format("phase {} (epochs {}-{}): waiting for process {}, which trains it by the same settings",
                                phase.name, phase.begin + 1, phase.end, lock->holder()));
    }
    if (Trainer::stop_requested()) throw Error(ExitCode::interrupted, "interrupted while waiting; --resume goes on");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return lock;
}

std::optional<FileLock> Run::lock_phase(const std::string& key) {
  try {
    return cache_.lock(key);
  } catch (const Error& error) {
    console_.line(fmt::format("warning: the cache cannot be used: {}", error.what()));
    return {};
  }
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

/// The cache saves time and nothing else: a run does not fail because it cannot be written.
void Run::share(const std::string& key, const TrainingState& state) {
  try {
    cache_.save(key, state);
  } catch (const std::exception& error) {
    console_.line(fmt::format("warning: the phase is not shared with other runs: {}", error.what()));
  }
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
  console_.lines(import_into(task.model(), read_initial_weights(file, task_context().warn), import).text());
}

void Run::train_phase(Task& task, const Phase& phase, const std::string& key) {
  load_weights(task, phase);
  Sgd optimizer(phase.config.optimizer, choose_trainable(task.model(), task.train_only()));
  optimizer.load_state(state_.momentum);
  std::unique_ptr<WeightAverage> average;
  if (phase.config.ema > 0) average = std::make_unique<WeightAverage>(task.model(), phase.config.ema, state_.average);
  Trainer trainer(task, optimizer, phase.config);
  evaluate_if_owed(task, phase);
  trainer.progress = state_.progress;
  trainer.train_seconds = state_.train_seconds;
  const auto state = [&] {
    return TrainingState{trainer.progress,
                         key,
                         trainer.train_seconds,
                         origin_,
                         named_state(task.model()),
                         optimizer.state(),
                         average ? average->state() : NamedTensors{}};
  };
  if (plan_.phases.size() > 1) {
    console_.line(fmt::format("phase {}: epochs {}-{}", phase.name, phase.begin + 1, phase.end));
  }
  show_samples(task, phase);
  trainer.add_hook(std::make_shared<LogHook>(console_, *metrics_, *board_));
  if (average) trainer.add_hook(std::make_shared<AverageHook>(*average));
  trainer.add_hook(std::make_shared<CheckpointHook>(folder_.checkpoints(), phase.end, state));
  trainer.add_hook(std::make_shared<EvaluationHook>([&](const Progress& progress) {
    evaluate_now(task, average.get(), progress, "");
    if (is_time_to_stop_in(phase)) trainer.finish();
  }));
  if (is_time_to_stop_in(phase)) trainer.finish();  // decided before the run was killed
  trainer.run(phase.end);
  stopped_early_ = trainer.progress.epoch < phase.end;
  if (stopped_early_) {
    console_.line(fmt::format("early stop: {} has not grown in {}", plan_.config.early_stop.metric,
                              counted(plan_.config.early_stop.patience, "evaluation")));
    save_checkpoint(folder_.checkpoints(), checkpoint_stem(trainer.progress), state());
  }
  if (pure_ && !stopped_early_) share(key, state());
  // The next phase starts from the file, like a run that is resumed: one way for both.
  state_ = load_checkpoint(folder_.checkpoints(), checkpoint_stem(trainer.progress));
  started_ = true;
}

/// Whether an evaluation that is due now has not been made: the run was killed between the checkpoint and it, or the
/// phase came from the cache.
bool Run::owes_evaluation(const Phase& phase) const {
  const Progress& now = state_.progress;
  const std::int64_t every = phase.config.evaluation.every;
  return started_ && every > 0 && now.epoch > phase.begin && now.epoch <= phase.end && now.epoch % every == 0 &&
         now.iteration_in_epoch == 0 && now.epoch < plan_.config.schedule.epochs &&
         metrics_->evaluation_at(now.iteration) == nullptr;
}

/// What the phase trains on, in TensorBoard: a comfort that stops no run.
void Run::show_samples(const Task& task, const Phase& phase) {
  if (!is_at_start(phase)) return;
  try {
    log_pictures(task.sample_pictures(phase.begin), *board_, state_.progress.iteration);
  } catch (const std::exception& error) {
    console_.line(fmt::format("note: no sample pictures in TensorBoard: {}", error.what()));
  }
}

bool Run::is_time_to_stop_in(const Phase& phase) const {
  return &phase == &plan_.phases.back() &&
         is_time_to_stop(plan_.config.early_stop, metrics_->evaluations(), std::max(phase.begin, data_since_));
}

void Run::evaluate_if_owed(Task& task, const Phase& phase) {
  if (!owes_evaluation(phase)) return;
  std::unique_ptr<WeightAverage> average;
  if (phase.config.ema > 0) average = std::make_unique<WeightAverage>(task.model(), phase.config.ema, state_.average);
  evaluate_now(task, average.get(), state_.progress, "");
}

Metrics Run::evaluate_now(Task& task, WeightAverage* average, const Progress& progress, const std::string& output) {
  EvaluationRequest request;
  request.split = plan_.phases.back().config.evaluation.split;
  request.output_folder = output;
  request.facts = &facts_;
  request.on_progress = [this, &output](std::int64_t done, std::int64_t total) {
    console_.progress(fmt::format("evaluating {}/{}", done, total));
    ++Trainer::signs_of_life();
    // One in the middle ends first: what has been trained since the last checkpoint is saved behind it.
    if (!output.empty() && Trainer::stop_requested()) {
      throw Error(ExitCode::interrupted, "interrupted in the evaluation; the same command with --resume goes on");
    }
  };
  std::string best;
  const Metrics metrics = [&] {
    const AveragedWeights averaged(average);
    Metrics made = task.evaluate(request);
    best = best_->offer(made, progress, task.model());
    return made;
  }();
  log_evaluation(progress, request.split, metrics);
  if (!best.empty()) console_.line(best);
  return metrics;
}

void Run::log_evaluation(const Progress& progress, const std::string& split, const Metrics& metrics) {
  const auto* before = metrics_->evaluation_at(progress.iteration);
  if (before == nullptr || before->metrics != metrics) {  // else it has been made before
    metrics_->evaluation(progress, split, metrics, facts_, options_.limit_batches);
    board_->metrics(metrics, progress.iteration, options_.limit_batches > 0);
  }
  const std::string partial = partial_note(options_.limit_batches);
  console_.line(fmt::format("epoch {}  {}{}", progress.epoch, format_metrics(metrics),
                            partial.empty() ? "" : " (" + partial + ")"));
}

/// Where the log cannot be written, the error itself matters more.
void note_in_log(const fs::path& log, const Error& error) {
  try {
    AppendFile(log).write(fmt::format("error: {}\n", shown(error)));
  } catch (const Error&) {
  }
}

}  // namespace

RunResult train(const ExperimentPlan& plan, const Catalog& catalog, const TrainOptions& options) {
  const RunStart start = start_run(plan, catalog, options);
  const RunFolder& folder = *start.folder;
  if (start.finished) {
    std::fputs((visible(folder.path().native()) + ": finished before; nothing to do\n").c_str(), stderr);
    return *start.finished;
  }
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
  if (options.overwrite && fs::exists(folder.path() / "config.yaml")) folder.remove_run();
  if (start.goes_on && fs::exists(folder.result())) folder.put_result_aside();
  for (const fs::path& place : {folder.path(), folder.checkpoints(), options.cache_dir}) {
    if (!place.empty()) remove_leftovers(place);
  }
  if (options.before_training) options.before_training();
  try {
    return Run(start, catalog).execute();
  } catch (const Error& error) {
    if (error.code() != ExitCode::interrupted) note_in_log(folder.log(), error);
    throw;
  }
}

}  // namespace longtail

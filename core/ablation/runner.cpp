#include "core/ablation/runner.h"

#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <longtail/error.h>

#include "core/ablation/process.h"
#include "core/ablation/progress.h"
#include "core/ablation/slurm.h"
#include "core/ablation/table.h"
#include "core/engine/console.h"
#include "core/io/file_lock.h"
#include "core/io/leftovers.h"
#include "core/system/cpu.h"
#include "core/system/tuning.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// One row with one seed on its way through the runner.
struct Job {
  const MatrixRow* row = nullptr;
  RunView view;
  pid_t pid = 0;
  Clock::time_point started;

  std::string name() const { return fmt::format("{}, seed {}", row->label, view.seed); }
};

double epochs_of(const Node& config) {
  double epochs = 0;
  const Node* node = config.find_path("schedule.epochs");
  return node != nullptr && node->as(epochs) ? epochs : 0;
}

/// Threads that a row is trained with here. They are the same for any --jobs, as numbers depend on them.
int threads_of(const Node& config) {
  std::int64_t threads = 0;
  if (const Node* node = config.find("threads")) node->as(threads);
  return choose_threads(static_cast<int>(threads));
}

class Runner {
 public:
  Runner(const Matrix& matrix, const RunnerOptions& options)
      : matrix_(matrix),
        options_(options),
        picked_(matrix),
        folder_(table_folder(options.work_dir, matrix)),
        progress_(options.write, options.live, 0) {
    keep_picked(picked_, options.only);
  }

  void check() {
    sort_jobs();
    check_inputs();
  }

  RunnerSummary run() {
    const FileLock lock = lock_folder(folder_, 30, [this](const std::string& line) { progress_.say(line); });
    remove_leftovers(folder_);
    remove_leftovers(options_.work_dir / "cache");
    for (const MatrixRow& row : matrix_.rows) remove_leftovers(folder_ / row.slug);
    write_layout(matrix_, folder_);
    sort_jobs();
    check_inputs();
    progress_ = MatrixProgress(options_.write, options_.live, waiting_.size());
    if (options_.slurm) {
      submit_all();
    } else {
      train_all();
    }
    return summary_;
  }

 private:
  /// Decides for every run whether it is trained now, and tells what is not.
  void sort_jobs() {
    for (const MatrixRow& row : picked_.rows) {
      for (const std::int64_t seed : matrix_.seeds) {
        Job job;
        job.row = &row;
        job.view = inspect_run(folder_, row.slug, seed, run_config(row, seed));
        sort(std::move(job));
      }
    }
  }

  /// A missing list would end every row alike: better told once, before the first one.
  void check_inputs() const {
    if (options_.slurm) return check_sbatch_options(options_.sbatch_arguments);
    if (!options_.missing) return;
    std::vector<std::string> missing;
    for (const Job& job : waiting_) {
      for (std::string& line : options_.missing(job.row->config)) {
        if (std::find(missing.begin(), missing.end(), line) == missing.end()) missing.push_back(std::move(line));
      }
    }
    if (!missing.empty()) throw DataError(fmt::format("{}: {}", matrix_.name, fmt::join(missing, "; ")));
  }

  void sort(Job job) {
    const bool retry = job.view.status == RunStatus::failed && options_.retry_failed;
    const bool rerun = job.view.status == RunStatus::changed && options_.rerun_changed;
    switch (job.view.status) {
      case RunStatus::finished:
        ++summary_.finished;
        return progress_.say(fmt::format("{}: finished earlier", job.name()));
      case RunStatus::submitted:
        ++summary_.submitted;
        return progress_.say(fmt::format("{}: {}", job.name(), job.view.reason));
      case RunStatus::failed:
        if (retry) break;
        ++summary_.failed;
        return progress_.say(fmt::format("{}: {} (--retry-failed tries again)", job.name(), job.view.reason));
      case RunStatus::changed:
        if (rerun) break;
        ++summary_.changed;
        return progress_.say(fmt::format("{}: {}", job.name(), job.view.reason));
      default:
        break;
    }
    waiting_.push_back(std::move(job));
  }

  std::vector<std::string> command(const Job& job, bool resume) const {
    std::vector<std::string> words = {options_.program.string()};
    words.insert(words.end(), options_.program_arguments.begin(), options_.program_arguments.end());
    words.insert(words.end(),
                 {"train", job.view.paths.config.string(), "--work-dir", job.view.paths.folder.string(), "--seed",
                  std::to_string(job.view.seed), "--cache-dir", (options_.work_dir / "cache").string()});
    if (resume) words.emplace_back("--resume");
    words.insert(words.end(), options_.train_arguments.begin(), options_.train_arguments.end());
    return words;
  }

  /// Brings the files of a run in order; returns whether there is something to go on from.
  bool prepare(Job& job) {
    if (job.view.restart) {
      put_aside(job.view.paths);
      progress_.say(fmt::format("{}: its config has changed; the earlier files are kept as {}.old*", job.name(),
                                job.view.paths.folder.string()));
      job.view.record = RunRecord{};
    }
    // A run that goes on keeps the config it began with, down to what cannot change its result.
    const bool resume = fs::exists(job.view.paths.folder);
    if (!resume || !fs::exists(job.view.paths.config)) {
      write_text_file(job.view.paths.provenance, job.row->provenance);
      write_text_file(job.view.paths.config, to_yaml(run_config(*job.row, job.view.seed)));
    }
    return resume;
  }

  void start(Job job) {
    const bool resume = prepare(job);
    ProcessSpec spec;
    spec.arguments = command(job, resume);
    spec.log = job.view.paths.log;
    job.view.record.status = "running";
    ++job.view.record.attempts;
    job.view.record.log_begin = size_of_file(job.view.paths.log);
    write_record(job.view.paths.record, job.view.record);
    job.started = Clock::now();
    job.pid = start_process(spec);
    progress_.say(
        fmt::format("{}: {} (log: {})", job.name(), resume ? "goes on" : "starts", job.view.paths.log.string()));
    running_rows_.push_back({job.name(), job.view.paths.folder, epochs_of(job.row->config), job.started, -1});
    running_.push_back(std::move(job));
  }

  /// A child has ended: its files say whether it has a result.
  void finish(Job& job, int exit_code, bool interrupted) {
    RunRecord& record = job.view.record;
    const double seconds = std::chrono::duration<double>(Clock::now() - job.started).count();
    record.seconds += seconds;
    record.exit_code = exit_code;
    record.status = "running";  // only for inspect_run, which reads the result itself
    record.reason.clear();
    write_record(job.view.paths.record, record);
    const RunView now = inspect_run(folder_, job.row->slug, job.view.seed, run_config(*job.row, job.view.seed));
    progress_.count_done();
    if (now.status == RunStatus::finished) {
      record.status = "finished";
      ++summary_.finished;
      progress_.say(fmt::format("{}: finished in {}", job.name(), format_duration(seconds)));
    } else if (exit_code == 130 || interrupted) {
      record.status = "interrupted";
      progress_.say(fmt::format("{}: interrupted after {}; the same command goes on from there", job.name(),
                                format_duration(seconds)));
    } else {
      record.status = "failed";
      record.reason = exit_code == 0 ? "it ended without a result.json; see " + job.view.paths.log.string()
                                     : failure_reason(exit_code, job.view.paths.log, record.log_begin);
      ++summary_.failed;
      progress_.say(fmt::format("{}: failed after {}: {}", job.name(), format_duration(seconds), record.reason));
    }
    write_record(job.view.paths.record, record);
    if (options_.after_row) options_.after_row();
  }

  void collect(bool interrupted) {
    for (std::size_t i = 0; i < running_.size();) {
      const std::optional<int> code = poll_process(running_[i].pid);
      if (!code) {
        ++i;
        continue;
      }
      Job job = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      running_rows_.erase(running_rows_.begin() + static_cast<std::ptrdiff_t>(i));
      finish(job, *code, interrupted);
    }
  }

  void pass_on(int interrupts) {
    if (interrupts == passed_on_) return;
    passed_on_ = interrupts;
    summary_.interrupted = true;
    waiting_.clear();
    if (running_.empty()) return;
    progress_.say(interrupts == 1 ? "stopping: waiting for the running rows to write a checkpoint (once more ends them "
                                    "at once)"
                                  : "ending the running rows");
    for (const Job& job : running_) signal_process(job.pid, interrupts == 1 ? SIGINT : SIGKILL);
  }

  void tell_crowding() {
    const int cores = available_cores(), rows = std::min(static_cast<int>(waiting_.size()), options_.jobs);
    int threads = 0;
    for (const Job& job : waiting_) threads = std::max(threads, threads_of(job.row->config));
    if (rows < 2 || rows * threads <= cores) return;
    progress_.say(
        fmt::format("note: {} rows at a time with {} threads each on {} cores slow each other down; "
                    "--set threads={} is faster, for all rows of a table alike, as it changes their numbers a "
                    "little",
                    rows, threads, cores, std::max(1, cores / rows)));
  }

  void train_all() {
    tell_crowding();
    const InterruptGuard guard;
    while (!waiting_.empty() || !running_.empty()) {
      pass_on(guard.count());
      while (!waiting_.empty() && static_cast<int>(running_.size()) < std::max(1, options_.jobs)) {
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        start(std::move(job));
      }
      collect(guard.count() > 0);
      progress_.tick(running_rows_);
      if (!running_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (guard.count() > 0) summary_.interrupted = true;
  }

  void submit_all() {
    const InterruptGuard guard;  // a job whose number is lost would be handed over once more
    for (Job& job : waiting_) {
      if (guard.count() > 0) break;
      submit(job);
    }
    summary_.interrupted = guard.count() > 0;
  }

  /// The record says at each moment whether slurm has the job or may have it.
  void submit(Job& job) {
    RunRecord& record = job.view.record;
    const std::string name = matrix_.name + '-' + job.row->slug + "-seed" + std::to_string(job.view.seed);
    prepare(job);
    const RunRecord before = record;
    record.log_begin = size_of_file(job.view.paths.log);
    record.status = "submitting";
    ++record.attempts;
    write_record(job.view.paths.record, record);
    try {
      const SlurmJob slurm = submit_to_slurm(name, command(job, false), options_.sbatch_arguments, job.view.paths);
      record.job = slurm.number;
      record.cluster = slurm.cluster;
      std::istringstream said(slurm.said);
      for (std::string line; std::getline(said, line);) progress_.say(line);
    } catch (const UnknownJob& error) {
      record.status = "failed";
      record.reason = error.what();
      write_record(job.view.paths.record, record);
      throw;
    } catch (...) {
      write_record(job.view.paths.record, before);
      throw;
    }
    record.status = "submitted";
    write_record(job.view.paths.record, record);
    ++summary_.submitted;
    progress_.say(fmt::format("{}: slurm job {}", job.name(), record.job));
  }

  const Matrix& matrix_;
  const RunnerOptions& options_;
  Matrix picked_;
  fs::path folder_;
  MatrixProgress progress_;
  std::deque<Job> waiting_;
  std::vector<Job> running_;
  std::vector<RunningRow> running_rows_;  // parallel to running_
  RunnerSummary summary_;
  int passed_on_ = 0;
};

}  // namespace

fs::path table_folder(const fs::path& work_dir, const Matrix& matrix) { return work_dir / matrix.name; }

bool is_picked(const std::string& pattern, const MatrixRow& row) {
  if (pattern.empty()) return true;
  return ::fnmatch(pattern.c_str(), row.label.c_str(), FNM_CASEFOLD) == 0 ||
         ::fnmatch(pattern.c_str(), row.slug.c_str(), FNM_CASEFOLD) == 0;
}

bool picks_any(const std::string& pattern, const Matrix& matrix) {
  return std::any_of(matrix.rows.begin(), matrix.rows.end(),
                     [&](const MatrixRow& row) { return is_picked(pattern, row); });
}

void keep_picked(Matrix& matrix, const std::string& pattern) {
  std::vector<MatrixRow> kept;
  std::string labels;
  for (const MatrixRow& row : matrix.rows) {
    if (is_picked(pattern, row)) kept.push_back(row);
    labels += (labels.empty() ? "'" : ", '") + row.label + '\'';
  }
  if (kept.empty()) {
    throw ConfigError(fmt::format("--only '{}' picks no row of {}; its rows are {}", pattern, matrix.name, labels));
  }
  matrix.rows = std::move(kept);
}

Node run_config(const MatrixRow& row, std::int64_t seed) {
  Node config = row.config;
  config.set("seed", Node::of(seed));
  return config;
}

RunnerSummary run_matrix(const Matrix& matrix, const RunnerOptions& options) { return Runner(matrix, options).run(); }

void check_matrix(const Matrix& matrix, RunnerOptions options) {
  options.live = false;
  options.write = [](const std::string&) {};
  Runner(matrix, options).check();
}

}  // namespace longtail

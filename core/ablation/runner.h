#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/ablation/dry_run.h"
#include "core/ablation/matrix_spec.h"
#include "core/ablation/run_state.h"

namespace longtail {

struct RunnerOptions {
  std::filesystem::path program;               // what trains: this binary
  std::vector<std::string> program_arguments;  // before `train`: --plugin-dir ...
  std::vector<std::string> train_arguments;    // after it: --device, --limit-batches ...
  std::filesystem::path work_dir;
  std::string only;  // glob on the rows' labels; "" = all
  int jobs = 1;
  bool slurm = false;
  std::vector<std::string> sbatch_arguments;  // "--gres=gpu:1"
  bool retry_failed = false;
  bool rerun_changed = false;
  bool live = false;                              // a terminal: redraw the progress line
  std::function<void(const std::string&)> write;  // text for people, with line ends
  std::function<void()> after_row;                // a row has ended: the table can be written anew
  MissingInputs missing;  // asked before anything starts here; not for slurm, whose nodes differ
};

struct RunnerSummary {
  int finished = 0;  // now or earlier
  int failed = 0;
  int changed = 0;    // left alone, as their config is not the one they were trained with
  int submitted = 0;  // to slurm, now or earlier
  bool interrupted = false;
};

/// TABLE's folder below the work dir.
std::filesystem::path table_folder(const std::filesystem::path& work_dir, const Matrix& matrix);

/// Whether a row is picked by --only: a glob (*, ?, [..]; case does not matter) on its label or slug.
bool is_picked(const std::string& pattern, const MatrixRow& row);

bool picks_any(const std::string& pattern, const Matrix& matrix);

/// Drops the rows that --only does not pick; ConfigError, which lists the labels, when none is left.
void keep_picked(Matrix& matrix, const std::string& pattern);

/// The config that a run is launched with: the row's, with its seed.
Node run_config(const MatrixRow& row, std::int64_t seed);

/// Trains every row and seed that has no result yet, each in a child process of its own:
///
///     PROGRAM train CONFIG --work-dir D --seed N --cache-dir WORK/cache [--resume]
///
/// Finished runs are skipped, failed ones too unless `retry_failed`. A run that was stopped goes on with --resume. One
/// whose config has changed is never passed off as the new one: a finished result or a checkpoint is kept and told of
/// until `rerun_changed`, which puts the files aside and starts anew. An ending child costs its own row only. The first
/// SIGINT is passed on to the children, which are waited for; a second one ends them. Writes the table's layout
/// (table.h) first. Throws ConfigError when `only` picks no row, DataError when a row needs files that are not there.
RunnerSummary run_matrix(const Matrix& matrix, const RunnerOptions& options);

/// Throws what run_matrix() would throw before its first row, and changes nothing: of several matrices the last one
/// should not fail when the first has been trained.
void check_matrix(const Matrix& matrix, RunnerOptions options);

}  // namespace longtail

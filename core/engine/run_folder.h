#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <longtail/config/node.h>

#include "core/engine/origin.h"
#include "core/engine/task.h"

namespace longtail {

/// A line for each value, "a.b: value    file:line:col": which line of which file set it.
std::string provenance(const Node& resolved);

/// Where a run goes when nobody names a folder: work_dirs/NAME. ConfigError where the name of the configuration is no
/// plain name of a folder, which would lead elsewhere.
std::filesystem::path default_run_folder(const Node& resolved);

/// What a folder holds of an earlier run.
struct EarlierRun {
  bool begun = false;     // there is a config.yaml
  bool trained = false;   // there is a checkpoint
  bool finished = false;  // there is a result.json
  Node config;            // null where there is none that can be read
  std::int64_t threads = 0;
  std::string device;                // "" where env.json does not tell
  std::vector<std::string> changes;  // what was another when the run was gone on with, in the order of time
  std::int64_t data_since = 0;       // the epoch after which the data were last changed

  /// Whether there is something to lose, or to go on from.
  bool worth() const { return begun && (trained || finished); }
};
EarlierRun look_at_run(const std::filesystem::path& folder);

/// The folder of one run: config.yaml, provenance.txt, env.json, data_files.tsv, metrics.jsonl, log.txt, checkpoints/
/// (with best.safetensors where the configuration asks for it), result.json, and what the task's evaluation writes.
class RunFolder {
 public:
  enum class Purpose { begin, resume, overwrite };

  /// Makes the folder. One that holds a run with a checkpoint or a result is only taken up to resume or to overwrite
  /// it; otherwise Error, and nothing is changed. Error too where checkpoints/ is a symbolic link that others can have
  /// made, or that leads to no folder, and is not removed with the run to overwrite.
  static RunFolder open(const std::filesystem::path& folder, const EarlierRun& earlier, Purpose purpose);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path log() const { return path_ / "log.txt"; }
  std::filesystem::path result() const { return path_ / "result.json"; }
  std::filesystem::path data_files() const { return path_ / "data_files.tsv"; }

  /// config.yaml and provenance.txt: what was trained, and which line of which file said so.
  void write_config(const Node& resolved) const;
  /// env.json: versions, machine, command, and what was another when the run was gone on with.
  void write_environment(const std::string& command_line, const Origin& origin, const std::vector<std::string>& changes,
                         std::int64_t data_since) const;
  /// Of a run that is gone on with: result.json gets the name result_epoch_N.json.
  void put_result_aside() const;
  /// Removes what a run writes, the configuration last; files of others stay, and what a symbolic link leads to.
  void remove_run() const;
  /// checkpoints/best.safetensors gets the name best_earlier.safetensors: it is of a run that a new one begins in place
  /// of, or was measured on other data. Whether there was one.
  bool put_best_aside() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// What result.json tells.
struct RunResult {
  std::string name;
  std::string task;
  std::int64_t seed = 0;
  std::int64_t epoch = 0;
  Metrics metrics;
  double train_seconds = 0;
  std::string weights;             // relative to the run folder
  std::int64_t limit_batches = 0;  // of an epoch and of the evaluation; above 0 the result is partial
  std::int64_t threads = 0;        // 0 where an earlier version wrote it
  std::string device;
  bool stopped_early = false;
  std::vector<std::string> changes;  // as in EarlierRun
  EvaluationFacts facts;             // beside the metrics: "protocol" and the like
};
/// "partial: of 3 batches only, no result" under such a limit, "" without one.
std::string partial_note(std::int64_t limit_batches);
RunResult read_result(const std::filesystem::path& file);
/// Its `status` is "finished", or "partial" under --limit-batches.
void write_result(const std::filesystem::path& file, const RunResult& result);

}  // namespace longtail

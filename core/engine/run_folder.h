#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <longtail/config/node.h>

#include "core/engine/task.h"

namespace longtail {

/// A line for each value, "a.b: value    file:line:col": which line of which file set it.
std::string provenance(const Node& resolved);

/// Where a run goes when nobody names a folder: work_dirs/NAME. ConfigError where the name of the configuration is no
/// plain name of a folder, which would lead elsewhere.
std::filesystem::path default_run_folder(const Node& resolved);

/// The folder of one run: config.yaml, provenance.txt, env.json, metrics.jsonl, log.txt, checkpoints/, result.json.
class RunFolder {
 public:
  /// Makes the folder. One that already holds a run is only taken up with `resume`, and only if it was made by the
  /// same settings (ConfigError with the differences and their places; those that change no result
  /// may differ); otherwise Error, and nothing is overwritten.
  static RunFolder open(const std::filesystem::path& folder, const Node& resolved, bool resume);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path log() const { return path_ / "log.txt"; }
  std::filesystem::path result() const { return path_ / "result.json"; }

  /// config.yaml and provenance.txt: what was trained, and which line of which file said so.
  void write_config(const Node& resolved) const;
  /// env.json: versions, machine and command.
  void write_environment(const std::string& command_line) const;

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
  std::int64_t limit_batches = 0;  // of an epoch and of the evaluation; 0: all, as it should be for a result
};
RunResult read_result(const std::filesystem::path& file);
void write_result(const std::filesystem::path& file, const RunResult& result);

}  // namespace longtail

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <longtail/config/node.h>

#include "core/io/atomic_file.h"

namespace longtail {

/// How far one row has come with one seed.
enum class RunStatus {
  pending,     // never started
  unfinished,  // started, and stopped on the way: goes on where it was
  submitted,   // handed to slurm
  finished,    // result.json says so, for this very config
  failed,      // ended with an error
  changed,     // finished or half trained, but its config has changed since
};

std::string_view to_string(RunStatus status);

/// Where the files of a run stand: TABLE/SLUG/seedN and beside it seedN.{yaml,json,log,exit,sbatch,provenance.txt}.
struct RunPaths {
  std::filesystem::path folder;      // the run folder, written by `longtail train`
  std::filesystem::path config;      // the config as it was launched
  std::filesystem::path record;      // what the matrix remembers
  std::filesystem::path log;         // standard output and error
  std::filesystem::path exit;        // "EXIT_CODE JOB" of a slurm job that has ended
  std::filesystem::path script;      // its sbatch script
  std::filesystem::path provenance;  // which line of which file set each value of the config
};
RunPaths run_paths(const std::filesystem::path& table_folder, const std::string& slug, std::int64_t seed);

/// What the matrix remembers of a run, in seedN.json.
struct RunRecord {
  std::string status;   // "running", "submitting", "submitted", "failed", "finished"
  std::string reason;   // of a failure, one line
  std::string job;      // slurm's number
  std::string cluster;  // which of several slurm clusters, "" = the one that is asked by itself
  int exit_code = 0;
  int attempts = 0;
  double seconds = 0;          // of all attempts together
  std::int64_t log_begin = 0;  // the log's size when the last attempt began
};
RunRecord read_record(const std::filesystem::path& file);
void write_record(const std::filesystem::path& file, const RunRecord& record);

/// What is known of a run from its files alone.
struct RunView {
  std::int64_t seed = 0;
  RunStatus status = RunStatus::pending;
  std::string reason;    // why there is no result, one line; "" when finished
  bool restart = false;  // its files belong to another config: they are put aside before it starts
  RunRecord record;
  RunPaths paths;
  nlohmann::json result;  // result.json, when finished or changed
};

/// Looks at the files of a run. `config` is what the matrix asks for now.
RunView inspect_run(const std::filesystem::path& table_folder, const std::string& slug, std::int64_t seed,
                    const Node& config);

/// "optimizer.learning_rate: 0.1 -> 0.2" for the first value that differs, "" when two configs train alike. What cannot
/// change a result is not compared: name, seed, plugin_path, checkpoint, loader.threads and loader.prefetch; nor
/// threads, which inspect_run() compares with what the run has had.
std::string first_difference(const Node& before, const Node& now);

/// Why a child ended: its exit code in words and the last error line of its log from byte `log_begin` on, where this
/// attempt began to write. A line of slurm's own counts only where the program has none.
std::string failure_reason(int exit_code, const std::filesystem::path& log, std::int64_t log_begin);

/// Moves a run's files to names ending in .old1, .old2 ... Nothing is deleted.
void put_aside(const RunPaths& paths);

/// write_file_atomically, in a folder that is made when there is none. Throws Error when that fails.
/// Without `links` it is Links::refuse, for files that are ours to name.
void write_text_file(const std::filesystem::path& file, std::string_view text);
void write_text_file(const std::filesystem::path& file, std::string_view text, Links links);
/// The file's text, "" when it cannot be read.
std::string read_text_file(const std::filesystem::path& file);
/// A file's size in bytes, 0 when there is none.
std::int64_t size_of_file(const std::filesystem::path& file);

}  // namespace longtail

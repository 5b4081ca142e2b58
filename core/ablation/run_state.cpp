#include "core/ablation/run_state.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "core/ablation/slurm.h"
#include "core/engine/checkpoint.h"
#include "core/engine/run_folder.h"
#include "registry/files/input_file.h"

namespace longtail {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json parse_json_file(const fs::path& file) {
  return json::parse(read_text_file(file), nullptr, /*allow_exceptions=*/false);
}

constexpr int kInterrupted = static_cast<int>(ExitCode::interrupted);

// `threads` is compared with what a run has had, see other_threads().
constexpr std::array<std::string_view, 7> kNotCompared = {"name",    "seed",           "plugin_path",    "checkpoint",
                                                          "threads", "loader.threads", "loader.prefetch"};

/// An earlier version's config has no early_stop, which is the same as none.
bool never_stops_early(const Node* before, const Node* now, const std::string& path) {
  if (path != "early_stop" || before != nullptr || now == nullptr) return false;
  const Node* metric = now->find("metric");
  return metric == nullptr || metric->text().empty();
}

std::string difference(const Node* before, const Node* now, const std::string& path) {
  if (std::find(kNotCompared.begin(), kNotCompared.end(), path) != kNotCompared.end()) return "";
  if (never_stops_early(before, now, path)) return "";
  if (before != nullptr && now != nullptr) {
    if (before->same_value(*now)) return "";
    if (before->is_map() && now->is_map()) {
      const std::string prefix = path.empty() ? "" : path + '.';
      for (const Node::Entry& entry : now->entries()) {
        std::string found = difference(before->find(entry.key), &entry.value, prefix + entry.key);
        if (!found.empty()) return found;
      }
      for (const Node::Entry& entry : before->entries()) {
        if (now->find(entry.key) != nullptr) continue;
        std::string found = difference(&entry.value, nullptr, prefix + entry.key);
        if (!found.empty()) return found;
      }
      return "";
    }
  }
  const auto text = [](const Node* node) { return node == nullptr ? std::string("(not set)") : to_flow_yaml(*node); };
  return path + ": " + text(before) + " -> " + text(now);
}

/// The config that a run was launched with; null when there is none or it is damaged.
Node launched_config(const fs::path& file) {
  if (!fs::exists(file)) return Node::null();
  Diagnostics damaged;
  return parse_yaml_file(file, damaged);
}

/// Whether a run was trained with another number of threads than the config asks for; 0 asks for none.
std::string other_threads(const fs::path& folder, const Node& config) {
  std::int64_t wanted = 0;
  const Node* threads = config.find("threads");
  if (threads == nullptr || !threads->as(wanted) || wanted <= 0) return "";
  const std::int64_t had = look_at_run(folder).threads;
  return had == 0 || had == wanted ? "" : fmt::format("threads: {} -> {}", had, wanted);
}

std::string last_error_line(const fs::path& log, std::int64_t begin) {
  std::istringstream lines(read_text_file(log));
  lines.seekg(begin);
  // srun closes with a line about the exit code, slurmstepd with one about memory or time.
  std::string of_program, of_step, of_srun;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("error:") == std::string::npos) continue;
    const auto from = [&](std::string_view speaker) { return line.compare(0, speaker.size(), speaker) == 0; };
    (from("slurmstepd: ") ? of_step : from("srun: ") ? of_srun : of_program) = line;
  }
  std::string last = !of_program.empty() ? of_program : !of_step.empty() ? of_step : of_srun;
  if (last.size() > 300) last = last.substr(0, 300) + "...";
  return last;
}

/// The exit code that a slurm job has left, nothing while there is none or when it is of another job.
std::optional<int> exit_code_left(const RunView& view) {
  std::istringstream text(read_text_file(view.paths.exit));
  int code = 0;
  std::string job;
  if (!(text >> code)) return std::nullopt;
  if (text >> job && job != view.record.job) return std::nullopt;
  return code;
}

std::string why_it_ended(int exit_code, const RunView& view) {
  return exit_code == 0 ? "it ended without a result.json; see " + view.paths.log.string()
                        : failure_reason(exit_code, view.paths.log, view.record.log_begin);
}

void judge_submitted(RunView& view) {
  const std::optional<int> code = exit_code_left(view);
  const QueueState queue = queue_state(view.record.job, view.record.cluster);
  // Slurm may have started it again since it left its exit code. Better to wait than to train twice.
  const bool has_failed = code && *code != kInterrupted;
  if (queue == QueueState::queued || (queue == QueueState::unknown && !has_failed)) {
    view.status = RunStatus::submitted;
    view.reason = fmt::format("slurm job {} has not ended yet{}", view.record.job,
                              queue == QueueState::unknown ? " as far as can be told: squeue fails" : "");
    return;
  }
  view.status = has_failed ? RunStatus::failed : RunStatus::unfinished;
  view.reason = has_failed ? "failed: " + why_it_ended(*code, view) : "not finished yet";
}

void judge_started(RunView& view) {
  if (view.record.status == "failed") {
    view.status = RunStatus::failed;
    view.reason = "failed: " + view.record.reason;
  } else if (view.record.status == "submitted" && is_job_number(view.record.job)) {
    judge_submitted(view);
  } else if (view.record.status == "submitted" || view.record.status == "submitting") {
    view.status = RunStatus::failed;
    view.reason = "failed: its hand-over to slurm left no job number; `squeue --me` tells whether slurm has the job";
  } else {
    view.status = RunStatus::unfinished;
    view.reason = "not finished yet";
  }
}

}  // namespace

std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::unfinished:
      return "unfinished";
    case RunStatus::submitted:
      return "submitted";
    case RunStatus::finished:
      return "finished";
    case RunStatus::failed:
      return "failed";
    case RunStatus::changed:
      return "changed";
    default:
      return "pending";
  }
}

RunPaths run_paths(const fs::path& table_folder, const std::string& slug, std::int64_t seed) {
  const std::string stem = (table_folder / slug / ("seed" + std::to_string(seed))).string();
  return {stem,           stem + ".yaml",   stem + ".json",          stem + ".log",
          stem + ".exit", stem + ".sbatch", stem + ".provenance.txt"};
}

RunRecord read_record(const fs::path& file) {
  const json data = parse_json_file(file);
  RunRecord record;
  if (!data.is_object()) return record;
  const auto text = [&](const char* key) {
    return data.contains(key) && data[key].is_string() ? data[key].get<std::string>() : std::string();
  };
  const auto number = [&](const char* key) {
    return data.contains(key) && data[key].is_number() ? data[key].get<double>() : 0.0;
  };
  record.status = text("status");
  record.reason = text("reason");
  record.job = text("job");
  record.cluster = text("cluster");
  record.exit_code = static_cast<int>(number("exit_code"));
  record.attempts = static_cast<int>(number("attempts"));
  record.seconds = number("seconds");
  record.log_begin = static_cast<std::int64_t>(number("log_begin"));
  return record;
}

void write_record(const fs::path& file, const RunRecord& record) {
  json data = {{"status", record.status},       {"reason", record.reason},     {"job", record.job},
               {"exit_code", record.exit_code}, {"attempts", record.attempts}, {"seconds", record.seconds},
               {"log_begin", record.log_begin}};
  if (!record.cluster.empty()) data["cluster"] = record.cluster;
  write_text_file(file, data.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

RunView inspect_run(const fs::path& table_folder, const std::string& slug, std::int64_t seed, const Node& config) {
  RunView view;
  view.seed = seed;
  view.paths = run_paths(table_folder, slug, seed);
  view.record = read_record(view.paths.record);
  const Node launched = launched_config(view.paths.config);
  const bool started = fs::exists(view.paths.folder) || !view.record.status.empty();
  if (!started) {
    view.reason = "not trained yet";
    return view;
  }
  std::string change = first_difference(launched, config);
  if (change.empty()) change = other_threads(view.paths.folder, config);
  view.restart = !change.empty();
  json result = parse_json_file(view.paths.folder / "result.json");
  const json status = result.is_object() ? result.value("status", json()) : json();
  if (status == "finished" || status == "partial") {
    view.result = std::move(result);
    view.status = change.empty() ? RunStatus::finished : RunStatus::changed;
    if (!change.empty()) {
      view.reason = "trained with another config (" + change + "); --rerun-changed trains it anew";
    }
    return view;
  }
  judge_started(view);
  // A failure of another config says nothing about this one; slurm's jobs are left to end.
  if (!view.restart || view.status == RunStatus::submitted) return view;
  if (!list_checkpoints(view.paths.folder / "checkpoints").empty()) {
    view.status = RunStatus::changed;
    view.reason =
        "half trained with another config (" + change + "); undo the change to go on, or --rerun-changed to begin anew";
  } else {
    view.status = RunStatus::unfinished;
    view.reason = "not trained yet with this config (" + change + ")";
  }
  return view;
}

std::string first_difference(const Node& before, const Node& now) { return difference(&before, &now, ""); }

std::string failure_reason(int exit_code, const fs::path& log, std::int64_t log_begin) {
  std::string what;
  if (exit_code > 128 && exit_code != 130) {
    const int number = exit_code - 128;
    what = fmt::format("killed by signal {} ({}{})", number, strsignal(number),
                       number == SIGKILL ? "; often for lack of memory" : "");
  } else {
    switch (static_cast<ExitCode>(exit_code)) {
      case ExitCode::config:
        what = "config refused";
        break;
      case ExitCode::plugin:
        what = "plugin missing or broken";
        break;
      case ExitCode::data:
        what = "data cannot be read";
        break;
      case ExitCode::diverged:
        what = "training diverged";
        break;
      default:
        what = fmt::format("exit code {}", exit_code);
    }
  }
  const std::string line = last_error_line(log, log_begin);
  return line.empty() ? fmt::format("{}; see {}", what, log.string()) : fmt::format("{}: {}", what, line);
}

void put_aside(const RunPaths& paths) {
  int number = 1;
  const auto old_name = [&](const fs::path& path) { return path.string() + ".old" + std::to_string(number); };
  const std::array<const fs::path*, 7> all = {&paths.folder, &paths.config, &paths.record,    &paths.log,
                                              &paths.exit,   &paths.script, &paths.provenance};
  const auto taken = [&](const fs::path* path) { return fs::exists(old_name(*path)); };
  while (std::any_of(all.begin(), all.end(), taken)) ++number;
  for (const fs::path* path : all) {
    std::error_code error;
    if (fs::exists(*path)) fs::rename(*path, old_name(*path), error);
    if (error) {
      throw Error(ExitCode::other, fmt::format("{}: cannot be put aside: {}", path->string(), error.message()));
    }
  }
}

void write_text_file(const fs::path& file, std::string_view text) { write_text_file(file, text, Links::refuse); }

void write_text_file(const fs::path& file, std::string_view text, Links links) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  if (error) {
    throw Error(ExitCode::other, fmt::format("{}: cannot be made: {}; choose another folder",
                                             file.parent_path().string(), error.message()));
  }
  write_file_atomically(file, {text}, links);
}

std::string read_text_file(const fs::path& file) {
  std::string text, problem;
  return read_input(file, std::numeric_limits<std::uint64_t>::max(), text, problem) ? text : std::string();
}

std::int64_t size_of_file(const fs::path& file) {
  std::error_code none;
  const auto size = fs::file_size(file, none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace longtail

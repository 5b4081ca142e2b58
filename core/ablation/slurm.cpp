#include "core/ablation/slurm.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/ablation/process.h"
#include "registry/text/affixes.h"

namespace longtail {

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + '\'';
}

namespace {

namespace fs = std::filesystem;

/// For a file name in a line of sbatch: quoted, and without its patterns (%j).
std::string sbatch_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
    if (c == '%') quoted += c;
  }
  return quoted + '"';
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& all, std::string_view text) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// With these one run has several trainers, or the matrix cannot see how it ends. Sbatch knows long options by their
/// first letters, too.
bool breaks_a_run(std::string_view word) {
  constexpr std::array<std::string_view, 6> kLong = {"--array",     "--output", "--error",
                                                     "--open-mode", "--wrap",   "--test-only"};
  constexpr std::array<std::string_view, 3> kShort = {"-a", "-o", "-e"};
  if (!starts_with(word, "--")) return is_one_of(kShort, word.substr(0, 2));
  const std::string_view option = word.substr(0, word.find('='));
  return std::any_of(kLong.begin(), kLong.end(),
                     [&](std::string_view name) { return option.size() >= 5 && starts_with(name, option); });
}

/// The environment for sbatch: without what would override the script's own lines, and without what describes the job
/// in which this program itself may be running.
std::vector<std::string> environment_for_sbatch() {
  constexpr std::array<std::string_view, 8> kOurs = {"SBATCH_ARRAY_INX", "SBATCH_ERROR",  "SBATCH_JOB_NAME",
                                                     "SBATCH_OPEN_MODE", "SBATCH_OUTPUT", "SBATCH_SIGNAL",
                                                     "SBATCH_WAIT",      "SBATCH_WRAP"};
  constexpr std::array<std::string_view, 4> kOfTheSite = {"SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS",
                                                          "SLURM_JWT"};
  const bool in_a_job = std::getenv("SLURM_JOB_ID") != nullptr;
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool of_a_job = starts_with(name, "SLURM_") && in_a_job && !is_one_of(kOfTheSite, name);
    if (!of_a_job && !is_one_of(kOurs, name)) kept.emplace_back(text);
  }
  return kept;
}

/// The job in what sbatch --parsable prints: "NUMBER" or "NUMBER;CLUSTER", alone on its line. A site's own sbatch may
/// print more lines; two numbers are none.
SlurmJob parse_job(const std::string& out) {
  SlurmJob job;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    const std::size_t end = std::min(line.find(';'), line.size());
    if (!is_job_number(std::string_view(line).substr(0, end))) continue;
    if (!job.number.empty()) return {};
    job.number = line.substr(0, end);
    if (end < line.size()) job.cluster = line.substr(end + 1);
  }
  return job;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \n\r\t") + 1);
  return text;
}

std::string one_line(std::string text) {
  text = trimmed(std::move(text));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

void check_sbatch_options(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.find('\n') != std::string::npos) {
      throw ConfigError("--sbatch: an option has no line end; give --sbatch once for each option");
    }
    std::istringstream words(argument);
    for (std::string word; words >> word;) {
      if (!breaks_a_run(word)) continue;
      throw ConfigError(
          fmt::format("--sbatch={}: the matrix hands over each run as one job and reads its log itself; "
                      "leave {} out",
                      argument, word));
    }
  }
}

std::string sbatch_script(const std::string& job_name, const std::vector<std::string>& command,
                          const std::vector<std::string>& sbatch_arguments, const RunPaths& paths) {
  const std::string exit = shell_quoted(fs::absolute(paths.exit).string());
  std::string script = "#!/bin/bash\n";
  script += "#SBATCH --job-name=" + job_name + '\n';
  script += "#SBATCH --output=" + sbatch_quoted(fs::absolute(paths.log).string()) + '\n';
  script += "#SBATCH --open-mode=append\n";
  script += "#SBATCH --signal=INT@60\n";  // a minute to write a checkpoint before the time is up
  for (const std::string& argument : sbatch_arguments) script += "#SBATCH " + argument + '\n';
  script += "rm -f " + exit + '\n';  // of an earlier start of this job
  script += "leave() { echo \"$1 $SLURM_JOB_ID\" > " + exit + "; exit $1; }\n";
  script += "cd " + shell_quoted(fs::current_path().string()) + " || leave 1\n";
  script += "resume=()\n[[ ! -e " + shell_quoted(fs::absolute(paths.folder).string()) + " ]] || resume=(--resume)\n";
  // srun does not know how many cores sbatch was asked for since Slurm 22.05.
  script += "[[ -z ${SLURM_CPUS_PER_TASK:-} ]] || export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK\n";
  script += "srun --ntasks=1";  // --sbatch may ask for more, and two trainers would share a run
  for (const std::string& word : command) script += ' ' + shell_quoted(word);
  script += " \"${resume[@]}\"\nleave $?\n";
  return script;
}

SlurmJob submit_to_slurm(const std::string& job_name, const std::vector<std::string>& command,
                         const std::vector<std::string>& sbatch_arguments, const RunPaths& paths) {
  write_text_file(paths.script, sbatch_script(job_name, command, sbatch_arguments, paths));
  fs::remove(paths.exit);
  const Captured sbatch = run_and_capture({"sbatch", "--parsable", paths.script.string()}, environment_for_sbatch());
  SlurmJob job = parse_job(sbatch.out);
  job.said = trimmed(sbatch.err);
  if (!job.number.empty()) return job;  // slurm has it, whatever sbatch then complained of
  const std::string said = one_line(sbatch.out + sbatch.err);
  if (sbatch.exit_code != 0) {
    throw Error(ExitCode::other, fmt::format("'sbatch' failed with exit code {}: {}", sbatch.exit_code, said));
  }
  throw UnknownJob(
      ExitCode::other,
      fmt::format("'sbatch' printed no job number but '{}'; `squeue --me --name={}` tells whether slurm has "
                  "the job",
                  said, job_name));
}

bool is_job_number(std::string_view text) {
  return !text.empty() && text.size() < 12 && text.find_first_not_of("0123456789") == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

QueueState queue_state(const std::string& number, const std::string& cluster) {
  std::vector<std::string> command = {"squeue", "--noheader", "--states=all", "--format=%T", "--jobs=" + number};
  if (!cluster.empty()) command.push_back("--clusters=" + cluster);
  Captured squeue;
  try {
    squeue = run_and_capture(command);
  } catch (const Error&) {
    return QueueState::unknown;
  }
  if (squeue.exit_code != 0) {
    const bool forgotten = (squeue.out + squeue.err).find("Invalid job id") != std::string::npos;
    return forgotten ? QueueState::ended : QueueState::unknown;
  }
  // After NODE_FAIL, BOOT_FAIL or PREEMPTED slurm may start the job again: it counts as waiting while slurm knows it.
  constexpr std::array<std::string_view, 9> kEnded = {"CANCELLED",     "COMPLETED",     "DEADLINE",
                                                      "FAILED",        "LAUNCH_FAILED", "OUT_OF_MEMORY",
                                                      "RECONFIG_FAIL", "REVOKED",       "TIMEOUT"};
  std::istringstream lines(squeue.out);
  for (std::string line; std::getline(lines, line);) {
    if (starts_with(line, "CLUSTER:")) continue;
    std::istringstream words(line);
    std::string word;
    bool any = false, ended = false;
    for (; words >> word; any = true) ended = ended || is_one_of(kEnded, word);
    if (any && !ended) return QueueState::queued;
  }
  return QueueState::ended;
}

}  // namespace longtail

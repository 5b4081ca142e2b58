#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <longtail/error.h>

#include "core/ablation/run_state.h"

namespace longtail {

/// `text` as one word of a POSIX shell.
std::string shell_quoted(const std::string& text);

/// Throws ConfigError for an option of sbatch with which one run has several trainers, or with which the matrix cannot
/// see how it ends.
void check_sbatch_options(const std::vector<std::string>& arguments);

/// The batch script of one run: starts `command` in the present folder, once whatever the allocation holds, and leaves
/// "EXIT_CODE JOB" in `paths.exit`. Slurm may start it again (scontrol requeue, a failed node, preemption): it then
/// goes on with --resume. Throws ConfigError for an option of sbatch that would take the run out of the matrix's hands.
std::string sbatch_script(const std::string& job_name, const std::vector<std::string>& command,
                          const std::vector<std::string>& sbatch_arguments, const RunPaths& paths);

struct SlurmJob {
  std::string number;   // digits
  std::string cluster;  // "" = the one that squeue asks by itself
  std::string said;     // what sbatch wrote to standard error, a line or several, without the last line end
};

/// Sbatch has ended well and printed no number: nobody knows whether slurm has the job.
class UnknownJob : public Error {
 public:
  using Error::Error;
};

/// Writes the script and hands it to `sbatch`. Throws Error when sbatch refuses it, UnknownJob when it does not say.
SlurmJob submit_to_slurm(const std::string& job_name, const std::vector<std::string>& command,
                         const std::vector<std::string>& sbatch_arguments, const RunPaths& paths);

/// Whether this can be slurm's number of a job: digits alone.
bool is_job_number(std::string_view text);

enum class QueueState {
  queued,   // waits, runs, or will be started again
  ended,    // slurm says so, or does not know the job any more
  unknown,  // squeue failed (a busy controller, no network, not this machine)
};

/// Asks squeue for a job by its number, is_job_number().
QueueState queue_state(const std::string& number, const std::string& cluster);

}  // namespace longtail

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/ablation/run_state.h"

namespace longtail {

/// `text` as one word of a POSIX shell.
std::string shell_quoted(const std::string& text);

/// The batch script of one run: starts `command` in the present folder and leaves its exit code in `paths.exit`.
std::string sbatch_script(const std::string& job_name, const std::vector<std::string>& command,
                          const std::vector<std::string>& sbatch_arguments, const RunPaths& paths);

/// Writes the script and hands it to `sbatch`; returns the job's number. Throws Error when sbatch fails.
std::string submit_to_slurm(const std::string& job_name, const std::vector<std::string>& command,
                            const std::vector<std::string>& sbatch_arguments, const RunPaths& paths);

}  // namespace longtail

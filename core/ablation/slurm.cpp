#include "core/ablation/slurm.h"

#include "core/ablation/process.h"

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

}  // namespace

std::string sbatch_script(const std::string& job_name, const std::vector<std::string>& command,
                          const std::vector<std::string>& sbatch_arguments, const RunPaths& paths) {
  namespace fs = std::filesystem;
  std::string script = "#!/bin/bash\n";
  script += "#SBATCH --job-name=" + job_name + '\n';
  script += "#SBATCH --output=" + sbatch_quoted(fs::absolute(paths.log).string()) + '\n';
  script += "#SBATCH --open-mode=append\n";
  script += "#SBATCH --signal=INT@60\n";  // a minute to write a checkpoint before the time is up
  for (const std::string& argument : sbatch_arguments) script += "#SBATCH " + argument + '\n';
  script += "cd " + shell_quoted(fs::current_path().string()) + " || exit 1\n";
  script += "srun";
  for (const std::string& word : command) script += ' ' + shell_quoted(word);
  const std::string exit = shell_quoted(fs::absolute(paths.exit).string());
  script += "\ncode=$?\necho $code > " + exit + "\nexit $code\n";
  return script;
}

std::string submit_to_slurm(const std::string& job_name, const std::vector<std::string>& command,
                            const std::vector<std::string>& sbatch_arguments, const RunPaths& paths) {
  write_text_file(paths.script, sbatch_script(job_name, command, sbatch_arguments, paths));
  std::filesystem::remove(paths.exit);
  const std::string output = run_and_capture({"sbatch", "--parsable", paths.script.string()});
  return output.substr(0, output.find_first_of(";\n"));
}

}  // namespace longtail

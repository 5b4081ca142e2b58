#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include <longtail/error.h>

#include "apps/command.h"
#include "apps/print.h"
#include "core/ablation/dry_run.h"
#include "core/ablation/matrix_spec.h"
#include "core/ablation/runner.h"
#include "core/ablation/table.h"
#include "core/ablation/table_text.h"
#include "core/engine/device.h"
#include "core/engine/experiment_config.h"
#include "core/engine/task.h"
#include "registry/text/counted.h"

namespace longtail::app {
namespace {

namespace fs = std::filesystem;

struct MatrixArguments {
  std::vector<std::string> configs;
  std::vector<std::string> overrides;
  std::vector<std::int64_t> seeds;
  RunnerOptions runner;
  std::string work_dir = "work_dirs";
  std::string launcher = "local";
  std::string device = "auto";
  std::int64_t limit_batches = 0;
  bool dry_run = false;
  bool json = false;
};

/// Reads experiments, loading the plugins of each `plugin_path` once.
class Reader {
 public:
  explicit Reader(const Globals& globals) : globals_(globals) {}

  ExperimentPlan read(const Node& config, Diagnostics& diagnostics) {
    const std::vector<fs::path> folders = plugin_folders(config, diagnostics);
    auto known = catalogs_.find(folders);
    if (known == catalogs_.end()) known = catalogs_.emplace(folders, globals_.load_catalog(config, diagnostics)).first;
    return read_experiment(config, known->second, diagnostics);
  }

  std::vector<std::string> missing(const Node& config) {
    Diagnostics diagnostics;
    return missing_inputs(read(config, diagnostics).config);
  }

 private:
  const Globals& globals_;
  std::map<std::vector<fs::path>, Catalog> catalogs_;
};

std::vector<Matrix> read_matrices(const MatrixArguments& arguments, const Globals& globals, Reader& reader) {
  MatrixOptions options;
  options.compose.roots = globals.config_roots();
  options.compose.overrides = arguments.overrides;
  options.seeds = arguments.seeds;
  options.validate = [&](const Node& config, Diagnostics& diagnostics) {
    return reader.read(config, diagnostics).resolved;
  };
  Diagnostics diagnostics;
  std::vector<Matrix> matrices;
  std::set<std::string> names;
  for (const std::string& config : arguments.configs) {
    matrices.push_back(read_matrix(config, options, diagnostics));
    Matrix& matrix = matrices.back();
    if (arguments.limit_batches > 0) {  // never among the real results
      matrix.name += fmt::format("-limit{}", arguments.limit_batches);
      matrix.title += fmt::format(" ({} an epoch only)", counted(arguments.limit_batches, "batch", "batches"));
    }
    if (!names.insert(matrix.name).second && diagnostics.ok()) {
      throw ConfigError(fmt::format("two of the matrices are called '{}'; give one another `name`", matrix.name));
    }
  }
  diagnostics.throw_if_any();
  return matrices;
}

RunnerOptions runner_options(const MatrixArguments& arguments, const Globals& globals, Reader& reader) {
  RunnerOptions options = arguments.runner;
  options.program = fs::read_symlink("/proc/self/exe");
  for (const fs::path& folder : globals.plugin_dirs) {
    options.program_arguments.insert(options.program_arguments.end(), {"--plugin-dir", folder.string()});
  }
  if (globals.no_plugin_path) options.program_arguments.emplace_back("--no-plugin-path");
  options.train_arguments = {"--device", arguments.device};
  if (arguments.limit_batches > 0) {
    options.train_arguments.insert(options.train_arguments.end(),
                                   {"--limit-batches", std::to_string(arguments.limit_batches)});
  }
  options.work_dir = arguments.work_dir;
  options.slurm = arguments.launcher == "slurm";
  options.live = ::isatty(STDERR_FILENO) != 0;
  options.write = [](const std::string& text) {
    std::fputs(text.c_str(), stderr);  // fmt::print would throw where nobody reads it
    std::fflush(stderr);
  };
  options.missing = [&reader](const Node& config) { return reader.missing(config); };
  return options;
}

/// Of several matrices --only may pick rows of some; a pattern that fits no row of any is a mistake, which
/// keep_picked() tells.
void leave_out_unpicked(std::vector<Matrix>& matrices, const std::string& pattern) {
  const auto picked = [&](const Matrix& matrix) { return picks_any(pattern, matrix); };
  if (std::none_of(matrices.begin(), matrices.end(), picked)) return;
  matrices.erase(
      std::remove_if(matrices.begin(), matrices.end(), [&](const Matrix& matrix) { return !picked(matrix); }),
      matrices.end());
}

void train_all(const MatrixArguments& arguments, Globals& globals, const std::vector<Matrix>& matrices,
               Reader& reader) {
  prepare();
  RunnerOptions options = runner_options(arguments, globals, reader);
  if (!options.slurm) parse_device(arguments.device);  // slurm's nodes may have another
  for (const Matrix& matrix : matrices) check_matrix(matrix, options);
  nlohmann::json tables = nlohmann::json::array();
  for (const Matrix& matrix : matrices) {
    const fs::path folder = table_folder(options.work_dir, matrix);
    options.after_row = [&] { write_table(folder); };
    const RunnerSummary summary = run_matrix(matrix, options);
    const Table table = write_table(folder);
    if (arguments.json) {
      tables.push_back(to_json(table));
    } else {
      fmt::print("{}{}\n", table_terminal(table, ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr),
                 visible((folder / "table.md").native()));
    }
    if (summary.failed > 0 || summary.changed > 0) globals.exit_code = static_cast<int>(ExitCode::other);
    if (summary.interrupted) {
      globals.exit_code = static_cast<int>(ExitCode::interrupted);
      break;
    }
  }
  if (arguments.json) fmt::print("{}", json_text(tables));
}

void run(const MatrixArguments& arguments, Globals& globals) {
  Reader reader(globals);
  std::vector<Matrix> matrices = read_matrices(arguments, globals, reader);
  leave_out_unpicked(matrices, arguments.runner.only);
  if (!arguments.dry_run) return train_all(arguments, globals, matrices, reader);
  const MissingInputs missing = [&](const Node& config) { return reader.missing(config); };
  std::vector<Matrix> picked = matrices;
  for (Matrix& matrix : picked) keep_picked(matrix, arguments.runner.only);
  fmt::print("{}", arguments.json ? json_text(dry_run_json(picked, missing))
                                  : visible_lines(dry_run_text(picked, missing, arguments.work_dir)));
}

}  // namespace

void add_matrix_command(CLI::App& app, Globals& globals) {
  auto arguments = std::make_shared<MatrixArguments>();
  CLI::App* verb = app.add_subcommand("matrix", "Train every row of a table and show it beside the paper's");
  verb->add_option("CONFIG", arguments->configs, "Matrix files, or names below configs/")->required();
  verb->add_option("--set", arguments->overrides,
                   "key.sub=value for every row, applied last; may be repeated, or take several")
      ->allow_extra_args(false);
  verb->add_flag("--dry-run", arguments->dry_run, "Compose and validate every row, say what is missing, train nothing");
  verb->add_flag("--json", arguments->json, "Print JSON instead of text");
  verb->add_option("--only", arguments->runner.only, "Only rows whose label fits this pattern, such as 'CE*'");
  verb->add_option("--seeds", arguments->seeds, "Instead of the file's, such as 0,1,2")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_number(0));
  verb->add_option("--jobs", arguments->runner.jobs, "Rows trained at the same time")
      ->check(whole_number(1))
      ->capture_default_str();
  verb->add_flag("--retry-failed", arguments->runner.retry_failed, "Train rows again that failed");
  verb->add_flag("--rerun-changed", arguments->runner.rerun_changed,
                 "Train rows anew whose config has changed, finished or half trained; their old files are kept aside");
  verb->add_option("--launcher", arguments->launcher, "local, or slurm: hand every row to sbatch")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  verb->add_option("--sbatch", arguments->runner.sbatch_arguments, "Option for sbatch, such as --sbatch=--gres=gpu:1")
      ->allow_extra_args(false);
  verb->add_option("--work-dir", arguments->work_dir, "Runs, tables and the cache of phases")->capture_default_str();
  verb->add_option("--device", arguments->device, kDeviceHelp)->capture_default_str();
  verb->add_option("--limit-batches", arguments->limit_batches, "Stop every epoch after so many batches")
      ->check(whole_number(0));
  verb->callback([arguments, &globals] { run(*arguments, globals); });
}

}  // namespace longtail::app

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <longtail/catalog.h>
#include <longtail/config/node.h>

#include "core/engine/experiment_config.h"

namespace longtail::app {

/// Options of every verb, and what every verb needs.
struct Globals {
  std::vector<std::filesystem::path> plugin_dirs;  // --plugin-dir
  bool no_plugin_path = false;                     // --no-plugin-path: a configuration may load no plugins
  std::string command_line;                        // as it was typed, for env.json
  int exit_code = 0;                               // a verb that ends without an error but not well sets it

  /// Folders that `extends` and configuration names are looked up in: ./configs, then those of the installation.
  std::vector<std::filesystem::path> config_roots() const;
  /// All plugins of the search path.
  Catalog load_catalog() const;
  /// Also those of the `plugin_path` of `config`, with a finding for a folder that is not there and for a plugin_path
  /// that --no-plugin-path refuses, and a warning on stderr, once in a process, for each file that cannot be loaded.
  Catalog load_catalog(const Node& config, Diagnostics& diagnostics) const;
};

/// An experiment without a mistake: the plugins, and what it means.
struct LoadedExperiment {
  Catalog catalog;
  ExperimentPlan plan;
};

/// CONFIG and `--set` of the verbs that read an experiment.
struct ConfigArguments {
  std::string config;
  std::vector<std::string> overrides;

  void add_to(CLI::App& verb);
  /// Composed and with references resolved, unknown to any schema; throws ConfigError with all findings.
  Node compose(const Globals& globals) const;
  /// Composed, its plugins loaded, and validated; throws the findings of all of it together. `change` may alter what
  /// the files say before anything else is done with it.
  LoadedExperiment read(const Globals& globals, const std::function<void(Node&)>& change = {}) const;
};

inline constexpr const char* kDeviceHelp = "auto (a GPU where LibTorch can use one), cpu, cuda or cuda:0";

/// Check of an option: a whole number from `least` on.
CLI::Validator whole_number(std::int64_t least);

/// First in a verb that computes: prepare_process(), which may restart the program, and what there is to say about
/// BLAS.
void prepare();

void add_train_command(CLI::App& app, Globals& globals);
void add_eval_command(CLI::App& app, Globals& globals);
void add_evaluate_command(CLI::App& app, Globals& globals);
void add_predict_command(CLI::App& app, Globals& globals);
void add_matrix_command(CLI::App& app, Globals& globals);
void add_report_command(CLI::App& app, Globals& globals);
void add_config_command(CLI::App& app, Globals& globals);
void add_plugins_command(CLI::App& app, Globals& globals);
void add_new_command(CLI::App& app, Globals& globals);
void add_data_command(CLI::App& app, Globals& globals);
void add_weights_command(CLI::App& app, Globals& globals);
void add_doctor_command(CLI::App& app, Globals& globals);

}  // namespace longtail::app

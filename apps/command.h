#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <longtail/catalog.h>
#include <longtail/config/node.h>

namespace longtail::app {

/// Options that stand before the verb, and what every verb needs.
struct Globals {
  std::vector<std::filesystem::path> plugin_dirs;  // --plugin-dir
  std::string command_line;                        // as it was typed, for env.json
  int exit_code = 0;                               // a verb that ends without an error but not well sets it

  /// Folders that `extends` and configuration names are looked up in: ./configs, then those of the installation.
  std::vector<std::filesystem::path> config_roots() const;
  /// All plugins of the search path; `config` may add folders with `plugin_path`.
  Catalog load_catalog(const Node* config = nullptr) const;
};

/// CONFIG and `--set` of the verbs that read an experiment.
struct ConfigArguments {
  std::string config;
  std::vector<std::string> overrides;

  void add_to(CLI::App& verb);
  /// Composed and with references resolved; throws ConfigError with all findings.
  Node compose(const Globals& globals) const;
};

/// Check of an option: a whole number from `least` on.
CLI::Validator whole_number(std::int64_t least);

/// First in a verb that computes: prepare_process(), which may restart the program, and what there is to say about BLAS.
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

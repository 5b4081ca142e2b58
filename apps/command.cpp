#include "apps/command.h"

#include <charconv>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/plugin_loader.h>

#include "apps/print.h"
#include "core/data/transforms.h"
#include "core/system/blas.h"
#include "core/system/tuning.h"
#include "registry/config/config_files.h"

namespace longtail::app {
namespace {

namespace fs = std::filesystem;

Catalog load(const std::vector<fs::path>& folders) {
  Catalog catalog;
  Registrar builtins;
  register_transforms(builtins);
  catalog.commit(builtins.take());
  load_plugins(folders, catalog);
  return catalog;
}

/// The file that compose() reads first for `config`.
fs::path main_file(const std::string& config, const std::vector<fs::path>& roots) {
  fs::path file = find_config(config);
  for (const fs::path& root : roots) {
    if (file.empty()) file = find_config(root / config);
  }
  return file.empty() ? fs::path(config) : file;
}

/// A matrix loads the same plugins several times.
void warn_once(const std::vector<Catalog::Failure>& failures) {
  static std::set<fs::path> told;
  for (const Catalog::Failure& failure : failures) {
    if (told.insert(failure.file).second) warn(failure.line());
  }
}

}  // namespace

std::vector<fs::path> Globals::config_roots() const {
  std::vector<fs::path> roots;
  const fs::path binary = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& root : {fs::path("configs"), binary / "../share/longtail/configs", binary / "../../configs"}) {
    std::error_code unseen;
    if (fs::is_directory(root, unseen)) roots.push_back(fs::absolute(root).lexically_normal());
  }
  return roots;
}

Catalog Globals::load_catalog() const { return load(plugin_search_path(plugin_dirs, {})); }

Catalog Globals::load_catalog(const Node& config, Diagnostics& diagnostics) const {
  std::vector<fs::path> folders = plugin_folders(config, diagnostics);
  if (no_plugin_path && !folders.empty()) {
    diagnostics.error(config.find("plugin_path")->mark(),
                      "--no-plugin-path refuses the plugin_path of a configuration; name folders that you trust with "
                      "--plugin-dir");
    folders.clear();
  }
  Catalog catalog = load(plugin_search_path(plugin_dirs, folders));
  warn_once(catalog.failures());
  return catalog;
}

void ConfigArguments::add_to(CLI::App& verb) {
  verb.add_option("CONFIG", config, "Experiment: a YAML file, or a name below configs/")->required();
  verb.add_option("--set", overrides,
                  "key.sub=value, parsed as YAML and applied last; may be repeated, or take several")
      ->allow_extra_args(false);
}

CLI::Validator whole_number(std::int64_t least) {
  return CLI::Validator(
      [least](const std::string& text) {
        std::int64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [at, failure] = std::from_chars(text.data(), end, value);
        const bool good = failure == std::errc() && at == end && value >= least;
        return good ? std::string() : fmt::format("'{}' is not a whole number from {}", text, least);
      },
      fmt::format("from {}", least));
}

void prepare() {
  prepare_process();
  if (const std::string note = blas_note(); !note.empty()) std::fputs(fmt::format("note: {}\n", note).c_str(), stderr);
}

Node ConfigArguments::compose(const Globals& globals) const {
  Diagnostics diagnostics;
  Node root = longtail::compose(config, ComposeOptions{globals.config_roots(), overrides}, diagnostics);
  diagnostics.throw_if_any();
  return root;
}

LoadedExperiment ConfigArguments::read(const Globals& globals, const std::function<void(Node&)>& change) const {
  Diagnostics diagnostics;
  Node root = longtail::compose(config, ComposeOptions{globals.config_roots(), overrides}, diagnostics);
  if (root.is_null()) diagnostics.throw_if_any();  // a schema would miss what could not be read
  if (root.find("name") == nullptr && root.find("axes") == nullptr) {
    root.set("name", Node::of(default_name(main_file(config, globals.config_roots()), globals.config_roots())));
  }
  if (change) change(root);
  Catalog catalog = globals.load_catalog(root, diagnostics);
  ExperimentPlan plan = read_plan(root, config, catalog, diagnostics);
  diagnostics.throw_if_any();
  return {std::move(catalog), std::move(plan)};
}

}  // namespace longtail::app

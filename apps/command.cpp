#include "apps/command.h"

#include <charconv>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/plugin_loader.h>

#include "core/data/transforms.h"
#include "core/system/blas.h"
#include "core/system/tuning.h"

namespace longtail::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> plugin_path_of(const Node& config) {
  std::vector<fs::path> folders;
  const Node* path = config.find("plugin_path");
  if (path == nullptr || !path->is_list()) return folders;  // a wrong type is the schema's to report
  for (const Node& item : path->items()) {
    std::string text;
    if (item.as(text)) folders.emplace_back(text);
  }
  return folders;
}

}  // namespace

std::vector<fs::path> Globals::config_roots() const {
  std::vector<fs::path> roots;
  const fs::path binary = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& root : {fs::path("configs"), binary / "../share/longtail/configs", binary / "../../configs"}) {
    if (fs::is_directory(root)) roots.push_back(fs::absolute(root).lexically_normal());
  }
  return roots;
}

Catalog Globals::load_catalog(const Node* config) const {
  Catalog catalog;
  Registrar builtins;
  register_transforms(builtins);
  catalog.commit(builtins.take());
  load_plugins(plugin_search_path(plugin_dirs, config ? plugin_path_of(*config) : std::vector<fs::path>{}), catalog);
  return catalog;
}

void ConfigArguments::add_to(CLI::App& verb) {
  verb.add_option("CONFIG", config, "Experiment: a YAML file, or a name below configs/")->required();
  verb.add_option("--set", overrides, "key.sub=value, parsed as YAML and applied last; may be repeated")
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
  if (const std::string note = blas_note(); !note.empty()) fmt::print(stderr, "note: {}\n", note);
}

Node ConfigArguments::compose(const Globals& globals) const {
  Diagnostics diagnostics;
  Node root = longtail::compose(config, ComposeOptions{globals.config_roots(), overrides}, diagnostics);
  diagnostics.throw_if_any();
  return root;
}

}  // namespace longtail::app

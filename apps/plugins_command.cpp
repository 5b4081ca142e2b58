#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/error.h>
#include <longtail/plugin_loader.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/command.h"
#include "apps/print.h"
#include "core/interfaces/loss_contract.h"
#include "registry/plugin/describe.h"
#include "registry/text/several_lines.h"

namespace longtail::app {
namespace {

namespace fs = std::filesystem;

void add_format(CLI::App& verb, std::string& format) {
  CLI::Option* option =
      verb.add_option("--format", format, "text, md or json")->check(CLI::IsMember({"text", "md", "json"}));
  const auto take_json = [&format] { format = "json"; };
  verb.add_flag_callback("--json", take_json, "Short for --format json")->excludes(option);
}

DocFormat format_of(const std::string& format) {
  return format == "json" ? DocFormat::json : format == "md" ? DocFormat::markdown : DocFormat::text;
}

/// What `file` offers, whether or not it lies in a folder that is searched.
std::vector<const ComponentEntry*> load_file(const fs::path& file, Catalog& catalog) {
  load_plugin(file, catalog);
  std::vector<const ComponentEntry*> offered;
  for (const ComponentEntry* entry : catalog.entries()) {
    if (!entry->file.empty() && fs::equivalent(entry->file, file)) offered.push_back(entry);
  }
  return offered;
}

struct CheckArguments {
  std::vector<fs::path> files;
  bool loads = false;
  bool defaults = false;
};

/// The defaults, and of a loss that it can be called as training calls it.
void check_use(const ComponentEntry& entry, const Catalog& catalog) {
  check_defaults(entry, catalog).throw_if_any();
  if (entry.kind != "loss") return;
  const std::vector<std::string> problems = loss_problems(entry.name, catalog);
  if (problems.empty()) return;
  std::string lines;
  for (const std::string& problem : problems) lines += (lines.empty() ? "" : "\nerror: ") + visible(problem);
  throw LinesError<PluginError>(lines);
}

void check(const CheckArguments& arguments, const Globals& globals) {
  Catalog catalog = globals.load_catalog();
  const bool all = !arguments.loads && !arguments.defaults;
  for (const fs::path& file : arguments.files) {
    for (const ComponentEntry* entry : load_file(file, catalog)) {
      if (arguments.loads || all) fmt::print("{}", describe_component(*entry, DocFormat::text));
      if (arguments.defaults || all) check_use(*entry, catalog);
      fmt::print("{}/{}: good\n", entry->kind, entry->name);
    }
  }
}

void add_list(CLI::App& verb, Globals& globals) {
  auto format = std::make_shared<std::string>("text");
  CLI::App* list = verb.add_subcommand("list", "Every plugin, its file, and those that could not be loaded");
  add_format(*list, *format);
  list->callback([format, &globals] {
    fmt::print("{}", visible_lines(list_components(globals.load_catalog(), format_of(*format))));
  });
}

void add_describe(CLI::App& verb, Globals& globals) {
  auto format = std::make_shared<std::string>("text");
  auto name = std::make_shared<std::string>();
  CLI::App* describe = verb.add_subcommand("describe", "Parameters of one plugin, or of all");
  describe->add_option("KIND/NAME", *name, "Such as loss/focal; NAME alone where only one kind has it");
  add_format(*describe, *format);
  describe->callback([format, name, &globals] {
    const Catalog catalog = globals.load_catalog();
    fmt::print("{}", name->empty() ? describe_components(catalog, format_of(*format))
                                   : describe_component(find_component(catalog, *name), format_of(*format)));
  });
}

void add_check(CLI::App& verb, Globals& globals) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = verb.add_subcommand("check", "Load plugin files, test their defaults, and call the losses");
  command->add_option("FILE", arguments->files, "A plugin, NAME.longtail.so")->required();
  command->add_flag("--loads", arguments->loads, "Only that it loads and describes itself");
  command->add_flag("--defaults", arguments->defaults,
                    "Only that its defaults pass its own constraints and that a loss with them can be called");
  command->callback([arguments, &globals] { check(*arguments, globals); });
}

}  // namespace

void add_plugins_command(CLI::App& app, Globals& globals) {
  CLI::App* verb = app.add_subcommand("plugins", "List, describe and check plugins");
  verb->require_subcommand(1);
  add_list(*verb, globals);
  add_describe(*verb, globals);
  add_check(*verb, globals);
}

}  // namespace longtail::app

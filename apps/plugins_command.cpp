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
    std::error_code unseen;
    if (!entry->file.empty() && fs::equivalent(entry->file, file, unseen)) offered.push_back(entry);
  }
  return offered;
}

struct CheckArguments {
  std::vector<fs::path> files;
  bool loads = false;
  bool defaults = false;
};

/// Parameters without a default: with them a loss cannot be made here.
std::vector<std::string> required_parameters(const ComponentEntry& entry) {
  std::vector<std::string> names;
  for (const ParamInfo& param : entry.describe()) {
    if (param.required) names.push_back(visible(param.name));
  }
  return names;
}

/// The defaults, and of a loss that it can be called as training calls it.
void check_use(const ComponentEntry& entry, const Catalog& catalog) {
  check_defaults(entry, catalog).throw_if_any();
  if (entry.kind != "loss") return;
  if (const std::vector<std::string> names = required_parameters(entry); !names.empty()) {
    fmt::print("{}/{}: not called, for these parameters have no default: {}\n", visible(entry.kind), entry.name,
               fmt::join(names, ", "));
    return;
  }
  const std::vector<std::string> problems = loss_problems(entry.name, catalog);
  if (problems.empty()) return;
  std::string lines;
  for (const std::string& problem : problems) lines += (lines.empty() ? "" : "\nerror: ") + visible(problem);
  throw LinesError<PluginError>(lines);
}

/// Mistakes of several components, each on lines of its own; thrown at the end with the exit code of the first.
class Mistakes {
 public:
  void add(const Error& error) {
    std::string text = shown(error);
    if (!text.empty() && text.back() == '\n') text.pop_back();
    const bool has_place = text.substr(0, text.find('\n')).find(": error: ") != std::string::npos;
    if (texts_.empty()) code_ = error.code();
    texts_.push_back(texts_.empty() || has_place ? text : "error: " + text);
  }
  void throw_if_any() const {
    if (texts_.empty()) return;
    const std::string lines = fmt::format("{}", fmt::join(texts_, "\n"));
    if (code_ == ExitCode::config) throw LinesError<ConfigError>(lines);
    throw LinesError<PluginError>(lines);
  }

 private:
  std::vector<std::string> texts_;
  ExitCode code_ = ExitCode::good;
};

void check(const CheckArguments& arguments, const Globals& globals) {
  Catalog catalog = globals.load_catalog();
  const bool all = !arguments.loads && !arguments.defaults;
  Mistakes mistakes;
  for (const fs::path& file : arguments.files) {
    for (const ComponentEntry* entry : load_file(file, catalog)) {
      if (arguments.loads || all) fmt::print("{}", describe_component(*entry, DocFormat::text));
      try {
        if (arguments.defaults || all) check_use(*entry, catalog);
        fmt::print("{}/{}: good\n", visible(entry->kind), entry->name);
      } catch (const Error& error) {
        mistakes.add(error);
      }
    }
  }
  mistakes.throw_if_any();
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

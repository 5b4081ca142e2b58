#include <memory>
#include <vector>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "apps/command.h"
#include "core/engine/experiment_config.h"

namespace longtail::app {
namespace {

struct ShowArguments {
  ConfigArguments config;
  std::string explain;
  bool json = false;
  bool as_written = false;
};

/// Every place that sets `key`: files, then phases, which count while they last. A default is told as such, and an unknown key
/// is a ConfigError.
std::string explain_key(const Node& composed, const ExperimentPlan& plan, const std::string& key) {
  const Node& place = composed.find_path(key) != nullptr ? composed : plan.resolved;
  std::string text = explain(place, key);
  if (place.find_path(key) == nullptr) throw ConfigError(text);
  for (const PhaseConfig& phase : plan.config.schedule.phases) {
    const Node* set = phase.set.find_path(key);
    if (set == nullptr) continue;
    text += fmt::format("  in phase {} (until epoch {}):\n    {}  {}\n", phase.name, phase.until, to_string(set->mark()),
                        to_flow_yaml(*set));
  }
  return text;
}

void show(const ShowArguments& arguments, const Globals& globals) {
  const Node composed = arguments.config.compose(globals);
  if (!arguments.explain.empty()) {
    const Catalog catalog = globals.load_catalog(&composed);
    fmt::print("{}", explain_key(composed, read_plan(composed, arguments.config.config, catalog), arguments.explain));
    return;
  }
  Node shown = composed;
  if (!arguments.as_written) {
    const Catalog catalog = globals.load_catalog(&composed);
    shown = read_plan(composed, arguments.config.config, catalog).resolved;
  }
  fmt::print("{}", arguments.json ? to_json(shown) + "\n" : to_yaml(shown));
}

void add_show(CLI::App& verb, Globals& globals) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* show_verb = verb.add_subcommand("show", "Print the resolved configuration");
  arguments->config.add_to(*show_verb);
  show_verb->add_option("--explain", arguments->explain, "Print every place that set this key, the winner last");
  show_verb->add_flag("--as-written", arguments->as_written, "Only compose: no defaults, no validation");
  show_verb->add_flag("--json", arguments->json, "Print JSON");
  show_verb->callback([arguments, &globals] { show(*arguments, globals); });
}

void add_diff(CLI::App& verb, Globals& globals) {
  auto configs = std::make_shared<std::vector<std::string>>();
  CLI::App* diff_verb = verb.add_subcommand("diff", "Print what differs between two configurations");
  diff_verb->add_option("CONFIG", *configs, "Two experiments")->required()->expected(2);
  diff_verb->callback([configs, &globals] {
    const Node left = ConfigArguments{configs->front(), {}}.compose(globals);
    const Node right = ConfigArguments{configs->back(), {}}.compose(globals);
    fmt::print("{}", diff(left, right));
  });
}

}  // namespace

void add_config_command(CLI::App& app, Globals& globals) {
  CLI::App* verb = app.add_subcommand("config", "Look into configurations");
  verb->require_subcommand(1);
  add_show(*verb, globals);
  add_diff(*verb, globals);
}

}  // namespace longtail::app

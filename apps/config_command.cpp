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

/// The value at `key` or, where a scalar or a component of a type stands in its place, that.
const Node* value_or_replacement(const Node& root, std::string key) {
  if (const Node* value = root.find_path(key)) return value;
  for (std::size_t dot = key.rfind('.'); dot != std::string::npos; dot = key.rfind('.')) {
    key.resize(dot);
    const Node* parent = root.find_path(key);
    if (parent != nullptr && (!parent->is_map() || parent->find("type") != nullptr)) return parent;
  }
  return nullptr;
}

std::string phases_that_set(const Node& composed, const std::string& key) {
  std::string text;
  const Node* phases = composed.find_path("schedule.phases");
  if (phases == nullptr || !phases->is_list()) return text;
  for (const Node& phase : phases->items()) {
    const Node* set = phase.is_map() ? phase.find("set") : nullptr;
    const Node* value = set != nullptr ? value_or_replacement(*set, key) : nullptr;
    if (value == nullptr) continue;
    const auto said = [&](const char* what) { return phase.find(what) ? phase.find(what)->text() : std::string("?"); };
    text += fmt::format("  in the phase until epoch {}:\n    {}  {}\n", said("until"), to_string(value->mark()),
                        to_flow_yaml(*value));
  }
  return text;
}

/// The configuration with its defaults, or nothing where it has mistakes: then above all one asks who set what.
Node resolved_if_valid(const Node& composed, const ShowArguments& arguments, const Globals& globals) {
  try {
    return read_plan(composed, arguments.config.config, globals.load_catalog(&composed)).resolved;
  } catch (const Error&) {
    return Node::map();
  }
}

/// Every place that sets a key: files, then phases, which count while they last. A default is told as such; an unknown key is a
/// ConfigError.
std::string explain_key(const Node& composed, const ShowArguments& arguments, const Globals& globals) {
  const std::string& key = arguments.explain;
  const std::string phases = phases_that_set(composed, key);
  if (composed.find_path(key) != nullptr) return explain(composed, key) + phases;
  const bool is_type = key.size() > 5 && key.compare(key.size() - 5, 5, ".type") == 0;
  const std::string component = is_type ? key.substr(0, key.size() - 5) : "";
  if (is_type && composed.find_path(component) != nullptr) return explain(composed, component) + phases;  // `loss: pcb`
  const Node resolved = resolved_if_valid(composed, arguments, globals);
  if (resolved.find_path(key) == nullptr && phases.empty()) {
    throw ConfigError(explain(resolved.entries().empty() ? composed : resolved, key));
  }
  return (resolved.find_path(key) != nullptr ? explain(resolved, key) : key + "\n") + phases;
}

void show(const ShowArguments& arguments, const Globals& globals) {
  const Node composed = arguments.config.compose(globals);
  if (!arguments.explain.empty()) {
    fmt::print("{}", explain_key(composed, arguments, globals));
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

#include <memory>
#include <vector>

#include <fmt/format.h>

#include <longtail/config/compose.h>
#include <longtail/error.h>

#include "apps/command.h"
#include "apps/print.h"
#include "core/engine/experiment_config.h"
#include "core/system/tuning.h"

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

/// A phase that sets the key while it lasts.
struct PhaseValue {
  std::string until;
  const Node* value;
};

std::vector<PhaseValue> phases_that_set(const Node& composed, const std::string& key) {
  std::vector<PhaseValue> found;
  const Node* phases = composed.find_path("schedule.phases");
  if (phases == nullptr) return found;
  for (const Node& phase : phases->items()) {
    const Node* set = phase.find("set");
    const Node* value = set != nullptr ? value_or_replacement(*set, key) : nullptr;
    const Node* until = phase.find("until");
    if (value != nullptr) found.push_back({until != nullptr ? until->text() : "?", value});
  }
  return found;
}

/// The configuration with its defaults, or nothing where it has mistakes: then above all one asks who set what.
Node resolved_if_valid(const ShowArguments& arguments, const Globals& globals) {
  try {
    return arguments.config.read(globals).plan.resolved;
  } catch (const Error&) {
    return Node::map();
  }
}

Node json_of(const std::string& key, const std::vector<Explanation>& places, const std::vector<PhaseValue>& phases) {
  std::vector<Node> place_nodes, phase_nodes;
  for (const Explanation& row : places) {
    Node& node = place_nodes.emplace_back(Node::map());
    node.set("key", Node::of(row.key));
    node.set("place", Node::of(row.place));
    node.set("value", Node::of(row.value));
    node.set("wins", Node::of(row.wins));
  }
  for (const PhaseValue& phase : phases) {
    Node& node = phase_nodes.emplace_back(Node::map());
    node.set("until", Node::scalar(phase.until, true));
    node.set("place", Node::of(to_string(phase.value->mark())));
    node.set("value", Node::of(to_flow_yaml(*phase.value)));
  }
  Node node = Node::map();
  node.set("key", Node::of(key));
  node.set("places", Node::list(std::move(place_nodes)));
  node.set("phases", Node::list(std::move(phase_nodes)));
  return node;
}

/// Every place that sets a key: files, then phases, which count while they last. A default is told as such; an unknown
/// key is a ConfigError.
std::string explain_key(const Node& composed, const ShowArguments& arguments, const Globals& globals) {
  const std::string& key = arguments.explain;
  const std::vector<PhaseValue> phases = phases_that_set(composed, key);
  const bool is_type = key.size() > 5 && key.compare(key.size() - 5, 5, ".type") == 0;
  const std::string component = is_type ? key.substr(0, key.size() - 5) : key;
  Node tree = composed;
  std::string path = key;
  if (tree.find_path(key) == nullptr && tree.find_path(component) != nullptr) path = component;  // `loss: pcb`
  if (tree.find_path(path) == nullptr) {
    Node resolved = resolved_if_valid(arguments, globals);
    if (!resolved.entries().empty()) tree = std::move(resolved);
  }
  const bool known = tree.find_path(path) != nullptr;
  if (!known && phases.empty()) throw ConfigError(explain(tree, path));
  if (arguments.json) return to_json(json_of(key, explanations(tree, path), phases)) + "\n";
  std::string text = known ? explain(tree, path) : visible(key) + "\n";
  for (const PhaseValue& phase : phases) {
    text += fmt::format("  in the phase until epoch {}:\n    {}  {}\n", visible(phase.until),
                        visible(to_string(phase.value->mark())), to_flow_yaml(*phase.value));
  }
  return text;
}

/// As a run on this machine would have it: with its number of threads.
Node resolved_here(const ShowArguments& arguments, const Globals& globals) {
  ExperimentPlan plan = arguments.config.read(globals).plan;
  if (plan.config.threads == 0) set_threads(plan, choose_threads(0));
  return plan.resolved;
}

void show(const ShowArguments& arguments, const Globals& globals) {
  if (!arguments.explain.empty()) {
    fmt::print("{}", explain_key(arguments.config.compose(globals), arguments, globals));
    return;
  }
  const Node shown = arguments.as_written ? arguments.config.compose(globals) : resolved_here(arguments, globals);
  fmt::print("{}", arguments.json ? to_json(shown) + "\n" : to_yaml(shown));
}

void add_show(CLI::App& verb, Globals& globals) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* show_verb = verb.add_subcommand("show", "Print the resolved configuration");
  arguments->config.add_to(*show_verb);
  show_verb->add_option("--explain", arguments->explain, "Print every place that set this key, the winner last");
  show_verb->add_flag("--as-written", arguments->as_written, "Only compose: no defaults, no validation");
  show_verb->add_flag("--json", arguments->json, "Print JSON; with --explain the places");
  show_verb->callback([arguments, &globals] { show(*arguments, globals); });
}

struct DiffArguments {
  std::vector<std::string> configs;
  bool json = false;
};

std::string diff_json(const Node& left, const Node& right) {
  std::vector<Node> rows;
  for (const Difference& difference : differences(left, right)) {
    Node& row = rows.emplace_back(Node::map());
    row.set("key", Node::of(difference.path));
    if (difference.left != nullptr) row.set("left", *difference.left);
    if (difference.right != nullptr) row.set("right", *difference.right);
  }
  return to_json(Node::list(std::move(rows))) + "\n";
}

/// What the same file would mean if it said nothing but its task.
Node defaults_of(const LoadedExperiment& read, const std::string& config) {
  Node bare = Node::map();
  bare.set("task", Node::of(read.plan.config.task));
  Diagnostics missing;  // what has no default
  return read_plan(std::move(bare), config, read.catalog, missing).resolved;
}

/// Two configurations as they are written, or one with all its values against the defaults.
void print_diff(const DiffArguments& arguments, const Globals& globals) {
  const ConfigArguments first{arguments.configs.front(), {}}, last{arguments.configs.back(), {}};
  Node left, right;
  if (arguments.configs.size() == 1) {
    const LoadedExperiment read = first.read(globals);
    left = defaults_of(read, first.config);
    right = read.plan.resolved;
  } else {
    left = first.compose(globals);
    right = last.compose(globals);
  }
  fmt::print("{}", arguments.json ? diff_json(left, right) : diff(left, right));
}

void add_diff(CLI::App& verb, Globals& globals) {
  auto arguments = std::make_shared<DiffArguments>();
  CLI::App* diff_verb = verb.add_subcommand(
      "diff", "Print what differs between two configurations as they are written, or of one from the defaults");
  diff_verb->add_option("CONFIG", arguments->configs, "Two experiments, or one to compare with the defaults")
      ->required()
      ->expected(1, 2);
  diff_verb->add_flag("--json", arguments->json, "Print JSON");
  diff_verb->callback([arguments, &globals] { print_diff(*arguments, globals); });
}

}  // namespace

void add_config_command(CLI::App& app, Globals& globals) {
  CLI::App* verb = app.add_subcommand("config", "Look into configurations");
  verb->require_subcommand(1);
  add_show(*verb, globals);
  add_diff(*verb, globals);
}

}  // namespace longtail::app

#include "registry/plugin/bindings.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace longtail {
namespace {

std::optional<Node> other_number(double value, bool whole, const Constraint& constraint) {
  for (const double other : {value + 1, value - 1, value / 2, constraint.low, constraint.high}) {
    const bool above = constraint.low_open ? other > constraint.low : other >= constraint.low;
    const bool below = constraint.high_open ? other < constraint.high : other <= constraint.high;
    if (!above || !below || other == value || other - other != 0) continue;
    const auto rounded = static_cast<std::int64_t>(other);
    if (whole && static_cast<double>(rounded) != other) continue;
    return whole ? Node::of(rounded) : Node::of(other);
  }
  return std::nullopt;
}

/// Another value that the parameter may have; none for lists, maps and components.
std::optional<Node> other_value(const ParamInfo& param) {
  const Node& value = param.default_value;
  double number = 0;
  bool flag = false;
  if (param.type == "bool" && value.as(flag)) return Node::of(!flag);
  if ((param.type == "number" || param.type == "integer") && value.as(number)) {
    return other_number(number, param.type == "integer", param.constraint);
  }
  if (param.type != "text" || !value.is_scalar()) return std::nullopt;
  for (const std::string& choice : param.constraint.choices) {
    if (choice != value.text()) return Node::of(std::string_view(choice));
  }
  if (!param.constraint.choices.empty()) return std::nullopt;
  return Node::of(std::string_view(value.text() + "x"));
}

void check_names(const std::string& owner, const std::vector<ParamInfo>& params, const std::string& prefix,
                 const Mark& mark, Diagnostics& diagnostics) {
  std::set<std::string> names, told;
  for (const ParamInfo& param : params) {
    if (!names.insert(param.name).second && told.insert(param.name).second) {
      diagnostics.error(mark, fmt::format("'{}{}' of {} is bound twice; give each parameter a name of its own", prefix,
                                          param.name, owner));
    }
    check_names(owner, param.fields, prefix + param.name + ".", mark, diagnostics);
  }
}

}  // namespace

void check_bindings(const ComponentEntry& entry, const Catalog& catalog, const Mark& mark, Diagnostics& diagnostics) {
  const std::string owner = detail::owner_name(entry.kind, entry.name);
  const std::vector<ParamInfo> params = entry.describe();
  check_names(owner, params, "", mark, diagnostics);
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::optional<Node> other = other_value(params[i]);
    if (!other) continue;
    Node node = Node::map();
    node.set(params[i].name, *other);
    Diagnostics ignored;  // a rule between parameters may not hold now
    const Node resolved = entry.resolve(node, catalog, ignored);
    for (std::size_t j = i + 1; j < params.size(); ++j) {
      const Node* value = resolved.find(params[j].name);
      if (params[j].name == params[i].name || value == nullptr) continue;
      if (to_flow_yaml(*value) != to_flow_yaml(*other) ||
          to_flow_yaml(params[j].default_value) == to_flow_yaml(*other)) {
        continue;
      }
      diagnostics.error(mark, fmt::format("'{}' and '{}' of {} are bound to one variable; give each one of its own",
                                          params[i].name, params[j].name, owner));
    }
  }
}

}  // namespace longtail

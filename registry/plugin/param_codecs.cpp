#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/catalog.h>
#include <longtail/config/compose.h>
#include <longtail/config/suggest.h>
#include <longtail/params.h>

#include <cmath>

namespace longtail {

Constraint in(double low, double high) { return {Constraint::Kind::range, low, high, false, false, {}, {}}; }

Constraint at_least(double low) {
  Constraint constraint;
  constraint.kind = Constraint::Kind::range;
  constraint.low = low;
  return constraint;
}

Constraint greater_than(double low) {
  Constraint constraint = at_least(low);
  constraint.low_open = true;
  return constraint;
}

Constraint in_half_open(double low, double high) {
  Constraint constraint = in(low, high);
  constraint.high_open = true;
  return constraint;
}

Constraint one_of(std::vector<std::string> choices) {
  Constraint constraint;
  constraint.kind = Constraint::Kind::choices;
  constraint.choices = std::move(choices);
  return constraint;
}

Constraint component(std::string kind) {
  Constraint constraint;
  constraint.kind = Constraint::Kind::component;
  constraint.component_kind = std::move(kind);
  return constraint;
}

namespace {

std::string describe_range(const Constraint& range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high && !range.low_open && !range.high_open)
    return fmt::format("between {} and {}", range.low, range.high);
  const std::string above = fmt::format("{} {}", range.low_open ? "greater than" : "at least", range.low);
  const std::string below = fmt::format("{} {}", range.high_open ? "less than" : "at most", range.high);
  return low && high ? above + " and " + below : low ? above : below;
}

}  // namespace

std::string to_string(const Constraint& constraint) {
  switch (constraint.kind) {
    case Constraint::Kind::none:
      return {};
    case Constraint::Kind::range:
      return describe_range(constraint);
    case Constraint::Kind::choices:
      return fmt::format("one of: {}", fmt::join(constraint.choices, ", "));
    case Constraint::Kind::component:
      return fmt::format("a {}", constraint.component_kind);
  }
  return {};
}

namespace {

/// What stands in the file, for "got ...".
std::string describe_value(const Node& node) {
  if (node.is_null()) return "nothing";
  if (node.is_list()) return "a list";
  if (node.is_map()) return "a map";
  bool truth = false;
  double number = 0;
  if (node.as(truth) || node.as(number)) return node.text();
  return fmt::format("the text '{}'", node.text());
}

bool holds(const Constraint& range, double value) {
  const bool above = range.low_open ? value > range.low : value >= range.low;
  const bool below = range.high_open ? value < range.high : value <= range.high;
  return above && below;  // false for NaN
}

}  // namespace

ParamPlace ParamPlace::item(std::size_t index) const {
  return {owner_, fmt::format("{}[{}]", path_, index), constraint_, catalog_, diagnostics_};
}

ParamPlace ParamPlace::key(std::string_view key) const {
  return {owner_, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key), constraint_, catalog_,
          diagnostics_};
}

bool ParamPlace::fail(const Node& node, const std::string& complaint) const {
  if (is_unresolved(node, diagnostics_)) return false;
  diagnostics_.error(node.mark(), fmt::format("'{}' of {} {}", path_, owner_, complaint));
  return false;
}

bool ParamPlace::expected(const Node& node, const std::string& expected) const {
  if (node.is_null())
    return fail(node, fmt::format("has no value: give {}, or remove the line for the default", expected));
  return fail(node, fmt::format("must be {}, got {}", expected, describe_value(node)));
}

bool ParamPlace::allow(const Node& node, double value) const {
  if (constraint_.kind != Constraint::Kind::range || holds(constraint_, value)) return true;
  return fail(node, fmt::format("must be {}, got {}", describe_range(constraint_), node.text()));
}

bool ParamPlace::allow(const Node& node, const std::string& value) const {
  if (constraint_.kind != Constraint::Kind::choices) return true;
  for (const std::string& choice : constraint_.choices) {
    if (value == choice) return true;
  }
  return fail(node, fmt::format("must be one of: {}, got '{}'{}", fmt::join(constraint_.choices, ", "), value,
                                did_you_mean(value, constraint_.choices)));
}

namespace detail {

bool decode_bool(const Node& node, bool& value, const ParamPlace& place) {
  return node.as(value) || place.expected(node, "true or false");
}

bool decode_integer(const Node& node, std::int64_t& value, const ParamPlace& place, std::int64_t low,
                    std::int64_t high) {
  std::int64_t read = 0;
  double number = 0;
  if (!node.as(read)) {  // 1e5 is a whole number too
    if (!node.as(number) || std::floor(number) != number || std::abs(number) > 9e15) {
      return place.expected(node, "a whole number");
    }
    read = static_cast<std::int64_t>(number);
  }
  if (!place.allow(node, static_cast<double>(read))) return false;
  if (read < low || read > high) {
    return place.fail(node, fmt::format("must be between {} and {}, got {}", low, high, node.text()));
  }
  value = read;
  return true;
}

bool decode_unsigned(const Node& node, std::uint64_t& value, const ParamPlace& place) {
  std::int64_t read = 0;
  if (!decode_integer(node, read, place, 0, std::numeric_limits<std::int64_t>::max())) return false;
  value = static_cast<std::uint64_t>(read);
  return true;
}

Node encode_unsigned(std::uint64_t value) { return Node::of(static_cast<std::int64_t>(value)); }

bool decode_number(const Node& node, double& value, const ParamPlace& place) {
  double read = 0;
  if (!node.as(read)) return place.expected(node, "a number");
  if (!place.allow(node, read)) return false;
  value = read;
  return true;
}

bool decode_float(const Node& node, float& value, const ParamPlace& place) {
  double read = 0;
  if (!decode_number(node, read, place)) return false;
  constexpr double largest = std::numeric_limits<float>::max();
  if (std::isfinite(read) && std::abs(read) > largest) {
    return place.fail(node, fmt::format("must be between {:.6} and {:.6}, got {}", -largest, largest, node.text()));
  }
  value = static_cast<float>(read);
  return true;
}

Node encode_float(float value) {
  if (!std::isfinite(value)) return Node::of(static_cast<double>(value));
  return Node::of(std::stod(fmt::format("{}", value)));  // 0.1, not the 0.10000000149011612 that it is as a double
}

bool decode_text(const Node& node, std::string& value, const ParamPlace& place) {
  if (!node.is_scalar()) return place.expected(node, "a text");
  if (!place.allow(node, node.text())) return false;
  value = node.text();
  return true;
}

bool decode_component(const Node& written, ComponentSpec& value, const ParamPlace& place) {
  // `{mean: [...]}` without a type means the default type: a user changes one number without naming what has it.
  Node node = written;
  if (node.is_map() && node.find("type") == nullptr && !value.type.empty())
    node.set("type", Node::of(std::string_view(value.type)));
  if (place.catalog() != nullptr && place.constraint().kind == Constraint::Kind::component) {
    const std::size_t before = place.diagnostics().findings().size();
    ComponentSpec read = place.catalog()->resolve(place.constraint().component_kind, node, place.diagnostics());
    if (place.diagnostics().findings().size() != before) return false;
    value = std::move(read);
    return true;
  }
  if (node.is_scalar()) {
    value = {node.text(), Node::map()};
    return true;
  }
  const Node* type = node.is_map() ? node.find("type") : nullptr;
  if (type == nullptr || !type->is_scalar()) return place.expected(node, "a name, or a map with a 'type'");
  value.type = type->text();
  value.params = node;
  value.params.erase("type");
  return true;
}

Node encode_component(const ComponentSpec& spec) {
  Node map = Node::map(spec.params.mark());
  map.set("type", Node::of(std::string_view(spec.type)));
  for (const Node::Entry& entry : spec.params.entries()) map.set(entry.key, entry.value, entry.key_mark);
  return map;
}

std::string plural(const std::string& type_name) {
  const std::size_t space = type_name.find(' ');
  if (space == std::string::npos) return type_name + "s";
  return type_name.substr(0, space) + "s" + type_name.substr(space);
}

}  // namespace detail
}  // namespace longtail
